-- What an organization has open: jobs that are not final, and their pages; one that was not opened yet counts one.
select count(*) as jobs, coalesce(sum(greatest(page_count, 1)), 0)::bigint as pages
  from (
      select page_count from jobs
       where organization_id = %(organization_id)s and status in ('pending', 'processing')
       limit %(limit)s
  ) as counted
