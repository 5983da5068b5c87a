select sealed_source_url from documents where organization_id = %(organization_id)s and id = %(document_id)s
