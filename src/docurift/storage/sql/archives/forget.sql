update batches set archive_sha256 = null where id = %(batch_id)s and (item_count is not null or completed_at is not null)
