-- Only one worker can match: the archive waits, or the lease on it has ended.
update batches
   set unpack_attempt = unpack_attempt + 1, unpack_tries = unpack_tries + 1,
       unpack_lease_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s)
 where id = %(batch_id)s and archive_sha256 is not null and item_count is null and completed_at is null
   and unpack_tries < %(max_tries)s
   and (unpack_lease_until is null or unpack_lease_until <= clock_timestamp())
returning organization_id, archive_sha256, unpack_attempt
