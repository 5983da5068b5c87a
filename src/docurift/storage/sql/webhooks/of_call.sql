-- The key lock keeps it from being forgotten while the call that will use it is not committed yet.
select id from webhook_endpoints
 where organization_id = %(organization_id)s and call_digest = %(call_digest)s and per_call and active
   for key share
