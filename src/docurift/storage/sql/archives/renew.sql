update batches set unpack_lease_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s)
 where id = %(batch_id)s and unpack_attempt = %(attempt)s and unpack_lease_until is not null
   and item_count is null and completed_at is null
returning id
