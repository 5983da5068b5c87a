select fingerprint, job_id, batch_id, sealed_answer from idempotency_keys
 where organization_id = %(organization_id)s and key = %(key)s
