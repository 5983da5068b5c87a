delete from results where organization_id = %(organization_id)s and document_id = %(document_id)s
returning sha256, pages_sha256
