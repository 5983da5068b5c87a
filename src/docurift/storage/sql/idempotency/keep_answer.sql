update idempotency_keys set sealed_answer = %(sealed_answer)s
 where organization_id = %(organization_id)s and key = %(key)s
