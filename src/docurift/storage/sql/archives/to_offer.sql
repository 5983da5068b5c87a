-- Hints may be lost; the row is the truth. A batch of this very moment is left alone: its entry may be on its way.
select id from batches
 where archive_sha256 is not null and completed_at is null and item_count is null
   and unpack_tries < %(max_tries)s and created_at < now() - interval '1 second'
   and (
       (unpack_lease_until is null
        and not exists (select from pgqueuer where dedupe_key = batches.id and status in ('queued', 'picked')))
       or (unpack_lease_until <= clock_timestamp()
           and not exists (select from pgqueuer where dedupe_key = batches.id and status = 'queued'))
   )
 order by created_at
 limit %(limit)s
