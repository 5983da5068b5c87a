select id from batches
 where archive_sha256 is not null and completed_at is null and item_count is null
   and unpack_lease_until <= clock_timestamp() and unpack_tries >= %(max_tries)s
 order by created_at
 limit %(limit)s
