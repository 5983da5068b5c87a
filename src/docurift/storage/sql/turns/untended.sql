-- Hops from one endpoint that something waits for to the next: a long backlog of one costs no more than one row of it.
with recursive waiting as (
    (select endpoint_id from deliveries where status = 'pending' order by endpoint_id limit 1)
    union all
    select (select deliveries.endpoint_id from deliveries
             where deliveries.status = 'pending' and deliveries.endpoint_id > waiting.endpoint_id
             order by deliveries.endpoint_id limit 1)
      from waiting where waiting.endpoint_id is not null
)
select webhook_endpoints.id
  from waiting join webhook_endpoints on webhook_endpoints.id = waiting.endpoint_id
 where webhook_endpoints.active
   and (webhook_endpoints.turn_until is null or webhook_endpoints.turn_until <= clock_timestamp())
   and (webhook_endpoints.paused_until is null or webhook_endpoints.paused_until <= clock_timestamp())
   and exists (
       select from deliveries
        where deliveries.endpoint_id = webhook_endpoints.id and deliveries.status = 'pending'
          and deliveries.next_attempt_at <= clock_timestamp()
   )
 limit %(limit)s
