-- Of several jobs that fetch for one document the first gives the content, and the address is not needed any more.
update documents
   set media_type = coalesce(media_type, %(media_type)s), size_bytes = coalesce(size_bytes, %(size_bytes)s),
       sha256 = coalesce(sha256, %(sha256)s), sealed_source_url = null
 where organization_id = %(organization_id)s and id = %(document_id)s and deleted_at is null
returning *
