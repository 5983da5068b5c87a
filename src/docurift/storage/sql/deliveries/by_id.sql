select * from deliveries
 where organization_id = %(organization_id)s and endpoint_id = %(endpoint_id)s and id = %(delivery_id)s
