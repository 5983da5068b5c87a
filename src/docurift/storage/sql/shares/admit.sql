-- From the backlog into the queue: start-time fair queueing over organizations, highest priority and then oldest first
-- within each. As many as there is room for, and one of each organization that has none of its priority waiting.
with recursive backlogs (organization_id) as (
    (
        select organization_id from jobs where status = 'pending' and start_tag is null
         order by organization_id limit 1
    )
    union all
    select (
        select organization_id from jobs
         where status = 'pending' and start_tag is null and organization_id > backlogs.organization_id
         order by organization_id limit 1
    )
      from backlogs where backlogs.organization_id is not null
), waiting as materialized (
    select organization_id, priority, start_tag from jobs where status = 'pending' and start_tag is not null
), running as materialized (
    select organization_id, start_tag, page_count from jobs where status = 'processing'
), room as (
    select greatest(
               %(window)s,
               2 * (
                   select coalesce(sum(coalesce(nullif(split_part(application_name, '/', 2), '')::integer, 1)), 0)
                     from pg_stat_activity
                    where datname = current_database() and split_part(application_name, '/', 1) = %(worker_name)s
               )
           ) - (select count(*) from waiting) as places,
           coalesce(
               (select max(start_tag) from running),
               (select min(start_tag) from waiting),
               (select max(finish_tag) from shares),
               0
           ) as virtual_time
), places as (
    select backlogs.organization_id, own.least_waiting, own.has_high, own.waiting,
           greatest(room.virtual_time, shares.finish_tag, own.finish_tag) + own.further_pages as start_tag,
           least(
               greatest(room.places, 1),
               case when %(most_running)s > 0 then %(most_running)s - own.in_flight end
           ) as most
      from backlogs
      cross join room
      left join shares on shares.organization_id = backlogs.organization_id
      cross join lateral (
          select count(*) as in_flight, count(*) filter (where is_waiting) as waiting,
                 min(start_tag) filter (where is_waiting) as least_waiting,
                 coalesce(bool_or(is_waiting and priority = 'high'), false) as has_high,
                 coalesce(max(start_tag) + 1, 0) as finish_tag,
                 coalesce(sum(greatest(page_count, 1) - 1), 0) as further_pages
            from (
                select true as is_waiting, priority, start_tag, 1 as page_count from waiting
                 where waiting.organization_id = backlogs.organization_id
                union all
                select false, null, start_tag, page_count from running
                 where running.organization_id = backlogs.organization_id
            ) as mine
      ) as own
     where backlogs.organization_id is not null
), candidates as (
    select next.id, places.organization_id, next.priority, next.number,
           -- High priority is a place ahead of the organization's own, not of others.
           case when next.priority = 'high' then least(places.least_waiting, places.start_tag + next.number - 1)
                else places.start_tag + next.number - 1
           end as start_tag,
           next.number = 1 and (places.waiting = 0 or (next.priority = 'high' and not places.has_high)) as is_due
      from places
      cross join lateral (
          select id, priority, row_number() over (order by priority, created_at, id) as number
            from (
                select id, priority, created_at from jobs
                 where jobs.organization_id = places.organization_id and status = 'pending' and start_tag is null
                 order by priority, created_at, id
                 limit greatest(places.most, 0)
            ) as first
      ) as next
), chosen as (
    select ranked.id, ranked.start_tag
      from (
          select *, row_number() over (order by start_tag, organization_id, number) as place from candidates
      ) as ranked
      cross join room
     where ranked.is_due or ranked.place <= room.places
), locked as (
    -- Somebody may be ending one of them; who waits for him here could be waited for by him.
    select id from jobs where id in (select id from chosen) and status = 'pending' for update skip locked
)
update jobs set start_tag = chosen.start_tag
  from chosen
 where jobs.id = chosen.id and jobs.id in (select id from locked)
returning jobs.id, jobs.start_tag, jobs.priority
