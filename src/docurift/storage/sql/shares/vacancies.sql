-- Where jobs that an organization submits now would stand in the queue, and whether there is room for them.
-- An organization that waits for nothing always gets one place: so what others have waiting never keeps it out.
with waiting as materialized (
    select organization_id, start_tag from jobs where status = 'pending' and start_tag is not null
), running as materialized (
    select organization_id, start_tag, page_count from jobs where status = 'processing'
), own as (
    select count(*) filter (where is_waiting) as waiting, count(*) as in_flight,
           coalesce(max(start_tag) + 1, 0) as finish_tag,
           coalesce(sum(greatest(page_count, 1) - 1), 0) as further_pages
      from (
          select true as is_waiting, start_tag, 1 as page_count from waiting
           where organization_id = %(organization_id)s
          union all
          select false, start_tag, page_count from running where organization_id = %(organization_id)s
      ) as mine
)
select own.in_flight, own.waiting,
       (select count(*) from waiting) as all_waiting,
       exists (
           select from jobs
            where organization_id = %(organization_id)s and status = 'pending' and start_tag is null
       ) as has_backlog,
       greatest(
           -- The virtual time: of what started last; of an idle service, of what it ended last.
           coalesce(
               (select max(start_tag) from running),
               (select min(start_tag) from waiting),
               (select max(finish_tag) from shares),
               0
           ),
           own.finish_tag,
           (select finish_tag from shares where organization_id = %(organization_id)s)
       ) + own.further_pages as start_tag
  from own
