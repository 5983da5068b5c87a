select count(*) as total from webhook_endpoints where organization_id = %(organization_id)s and not per_call
