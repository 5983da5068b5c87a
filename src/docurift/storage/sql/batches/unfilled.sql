-- What the jobs of an archive are made from; nobody ends the batch before the transaction does.
select * from batches
 where id = %(batch_id)s and archive_sha256 is not null and item_count is null and completed_at is null
   for update
