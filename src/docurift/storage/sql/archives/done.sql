-- Archives whose files are jobs now, or that failed: their bytes are needed no more.
select id, organization_id, archive_sha256 from batches
 where archive_sha256 is not null and (item_count is not null or completed_at is not null)
 limit %(limit)s
