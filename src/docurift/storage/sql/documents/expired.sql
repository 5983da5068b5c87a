select organization_id, id from documents
 where deleted_at is null and expires_at <= now()
 order by expires_at
 limit %(limit)s
