delete from deliveries where id in (
    select id from deliveries
     where organization_id = %(organization_id)s and endpoint_id = %(endpoint_id)s
     limit %(limit)s
)
