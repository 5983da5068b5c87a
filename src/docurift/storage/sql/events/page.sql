-- Part of the log with its bounds, in one statement: two could have a retention between them, and a reader a gap.
-- A filter looks at a window only, so that rare types cost no walk through the whole log.
with log as (
    select event_sequence as last_sequence,
           coalesce(
               (select min(sequence) from events where organization_id = organizations.id), event_sequence + 1
           ) as first_sequence
      from organizations
     where id = %(organization_id)s
), part as (
    select events.*
      from events, log
     where events.organization_id = %(organization_id)s
       and events.sequence > greatest(%(after)s, log.first_sequence - 1)
       and events.sequence <= greatest(%(after)s, log.first_sequence - 1) + %(window)s
       and (%(type)s::text is null or events.type = %(type)s)
     order by events.sequence
     limit %(limit)s
)
select log.first_sequence, log.last_sequence, part.*
  from log left join part on true
 order by part.sequence
