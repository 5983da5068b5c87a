update documents set deleted_at = clock_timestamp()
 where organization_id = %(organization_id)s and id = %(document_id)s and deleted_at is null
returning *
