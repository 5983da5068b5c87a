-- Locked first and judged by `forget_unused` afterwards, which then sees every job whose call found its endpoint.
select id from webhook_endpoints
 where per_call and created_at < now() - %(unused)s
   and not exists (select from jobs where jobs.webhook_id = webhook_endpoints.id)
   and not exists (select from deliveries where deliveries.endpoint_id = webhook_endpoints.id)
 order by id
 limit %(limit)s
   for update skip locked
