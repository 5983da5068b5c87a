update api_keys
   set name = coalesce(%(name)s, name), enabled = coalesce(%(enabled)s, enabled)
 where organization_id = %(organization_id)s and id = %(key_id)s
returning *, expires_at <= clock_timestamp() as is_expired
