select id from organizations where id = %(organization_id)s for update
