-- The turns that still stand; those not answered are lost.
update webhook_endpoints
   set turn_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s)
  from unnest(%(endpoint_ids)s::text[], %(turns)s::bigint[]) as held (id, turn)
 where webhook_endpoints.id = held.id and webhook_endpoints.turn = held.turn and webhook_endpoints.turn_until is not null
returning webhook_endpoints.id
