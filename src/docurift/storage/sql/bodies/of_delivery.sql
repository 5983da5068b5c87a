select event_bodies.body
  from deliveries
  join event_bodies
    on event_bodies.organization_id = deliveries.organization_id and event_bodies.sequence = deliveries.sequence
 where deliveries.id = %(delivery_id)s and deliveries.status = 'pending'
