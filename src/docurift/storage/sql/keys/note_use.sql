-- At most once a minute per key, however many processes tell it.
update api_keys set last_used_at = clock_timestamp()
 where id = any(%(key_ids)s)
   and (last_used_at is null or last_used_at < clock_timestamp() - interval '1 minute')
