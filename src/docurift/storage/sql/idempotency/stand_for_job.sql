update idempotency_keys set job_id = %(job_id)s where organization_id = %(organization_id)s and key = %(key)s
