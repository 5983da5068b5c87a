select *, expires_at <= clock_timestamp() as is_expired from api_keys where key_hash = %(key_hash)s
