-- Held to the end of the transaction: by the attempt that unpacks it, or (attempt null) by housekeeping once its lease has
-- ended and its tries are spent.
select organization_id from batches
 where id = %(batch_id)s and archive_sha256 is not null and item_count is null and completed_at is null
   and (
       (unpack_attempt = %(attempt)s and unpack_lease_until is not null)
       or (
           %(attempt)s::integer is null and unpack_lease_until <= clock_timestamp()
           and unpack_tries >= %(max_tries)s
       )
   )
   for update
