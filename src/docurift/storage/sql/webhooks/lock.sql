-- The lock that the deliverer's updates take too, and that foreign keys to the row do not wait for.
select * from webhook_endpoints
 where organization_id = %(organization_id)s and id = %(endpoint_id)s
   for no key update
