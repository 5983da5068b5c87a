-- All that one look at a job tells, in one round trip: pollers ask nothing else.
-- How many pending jobs of its organization go before it, itself counted; beyond 1,000 nobody needs the exact place.
select jobs.*,
       results.job_id, results.sha256, results.stored_bytes, results.result_bytes, results.pages_sha256,
       results.engine_version, results.detected_language,
       case when jobs.status = 'pending' then (
           select count(*) from (
               select 1 from jobs as ahead
                where ahead.organization_id = jobs.organization_id and ahead.status = 'pending'
                  and (ahead.priority, ahead.created_at, ahead.id) <= (jobs.priority, jobs.created_at, jobs.id)
                limit 1001
           ) as counted
       ) end as place
  from jobs left join results on results.job_id = jobs.id
 where jobs.organization_id = %(organization_id)s and jobs.id = %(job_id)s
