select from deliveries
 where id = %(delivery_id)s and status = 'pending'
   and exists (
       select from event_bodies
        where event_bodies.organization_id = deliveries.organization_id
          and event_bodies.sequence = deliveries.sequence
   )
