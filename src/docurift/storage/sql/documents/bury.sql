update documents set deleted_at = clock_timestamp(), sealed_source_url = null
 where organization_id = %(organization_id)s and id = %(document_id)s and deleted_at is null
returning *
