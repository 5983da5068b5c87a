insert into api_keys (id, organization_id, name, prefix, key_hash, scopes, expires_at)
values (%(id)s, %(organization_id)s, %(name)s, %(prefix)s, %(key_hash)s, %(scopes)s, %(expires_at)s)
returning *, expires_at <= clock_timestamp() as is_expired
