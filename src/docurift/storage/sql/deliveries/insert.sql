insert into deliveries (
    id, organization_id, endpoint_id, sequence, event_id, event_type, job_id, document_id, origin, next_attempt_at
)
select new.id, %(organization_id)s, new.endpoint_id, events.sequence, events.id, events.type, events.job_id,
       events.document_id, %(origin)s, clock_timestamp()
  from unnest(%(ids)s::text[], %(endpoint_ids)s::text[], %(sequences)s::bigint[])
       as new (id, endpoint_id, sequence)
  join events on events.organization_id = %(organization_id)s and events.sequence = new.sequence
 order by new.sequence
