-- What is due, first attempts in the order of the log. Nobody else can claim it: the turn is held, and this names it.
select due.id, due.organization_id, due.sequence, due.event_id, due.attempts, due.lag_seconds,
       due.endpoint_changed_at,
       clock_timestamp() as started_at, events.type, events.created_at, events.data, event_bodies.body
  from (
      select deliveries.*,
             extract(epoch from clock_timestamp() - deliveries.next_attempt_at)::float8 as lag_seconds,
             webhook_endpoints.updated_at as endpoint_changed_at
        from webhook_endpoints
        join deliveries on deliveries.endpoint_id = webhook_endpoints.id
       where webhook_endpoints.id = %(endpoint_id)s and webhook_endpoints.turn = %(turn)s
         and webhook_endpoints.turn_until > clock_timestamp() and webhook_endpoints.active
         and deliveries.status = 'pending' and deliveries.next_attempt_at <= clock_timestamp()
         and deliveries.id <> all (%(under_way)s::text[])
       order by deliveries.next_attempt_at, deliveries.sequence
       limit %(limit)s
  ) as due
  join events on events.organization_id = due.organization_id and events.sequence = due.sequence
  left join event_bodies
    on event_bodies.organization_id = due.organization_id and event_bodies.sequence = due.sequence
 order by due.next_attempt_at, due.sequence
