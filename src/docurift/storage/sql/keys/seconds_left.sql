select extract(epoch from expires_at - clock_timestamp())::float8 as seconds_left from api_keys where id = %(key_id)s
