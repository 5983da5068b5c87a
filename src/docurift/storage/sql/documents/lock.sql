select * from documents where organization_id = %(organization_id)s and id = %(document_id)s for update
