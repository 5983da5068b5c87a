delete from webhook_endpoints where organization_id = %(organization_id)s and id = %(endpoint_id)s
