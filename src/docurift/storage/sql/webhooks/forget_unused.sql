delete from webhook_endpoints
 where id = any (%(endpoint_ids)s)
   and not exists (select from jobs where jobs.webhook_id = webhook_endpoints.id)
   and not exists (select from batches where batches.webhook_id = webhook_endpoints.id)
   and not exists (select from deliveries where deliveries.endpoint_id = webhook_endpoints.id)
