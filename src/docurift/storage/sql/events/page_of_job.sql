-- As `page`, of one job's events alone.
with log as (
    select event_sequence as last_sequence,
           coalesce(
               (select min(sequence) from events where organization_id = organizations.id), event_sequence + 1
           ) as first_sequence
      from organizations
     where id = %(organization_id)s
), part as (
    select *
      from events
     where organization_id = %(organization_id)s and job_id = %(job_id)s and sequence > %(after)s
       and (%(type)s::text is null or type = %(type)s)
     order by sequence
     limit %(limit)s
)
select log.first_sequence, log.last_sequence, part.*
  from log left join part on true
 order by part.sequence
