select *, expires_at <= clock_timestamp() as is_expired
  from api_keys where organization_id = %(organization_id)s and id = %(key_id)s
