-- The lock waits for a deletion that is cancelling this delivery, and then sees that it did: nothing is kept of it.
with live as (
    select organization_id, sequence from deliveries
     where id = %(delivery_id)s and status = 'pending'
       for share
)
insert into event_bodies (organization_id, sequence, body)
select organization_id, sequence, %(body)s from live
-- Changes nothing, and answers what stands, also when another deliverer was a moment quicker.
on conflict (organization_id, sequence) do update set body = event_bodies.body
returning body
