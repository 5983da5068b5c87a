-- Locked first and judged by `forget_unused` afterwards, which then sees every job whose call found its endpoint.
select id from webhook_endpoints
 where per_call and updated_at < now() - %(unseen)s
 order by updated_at
 limit %(limit)s
   for update skip locked
