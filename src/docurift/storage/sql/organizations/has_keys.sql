select exists (select from api_keys where organization_id = %(organization_id)s) as has_keys
