-- With what its jobs tell of it: answered by the index jobs_by_batch_index alone.
select batches.*, counted.*
  from batches
 cross join lateral (
     select count(*) filter (where jobs.status = 'pending') as pending,
            count(*) filter (where jobs.status = 'processing') as processing,
            count(*) filter (where jobs.status = 'completed') as completed,
            count(*) filter (where jobs.status = 'failed') as failed,
            coalesce(sum(case when jobs.status in ('completed', 'failed') then 100 else jobs.progress end), 0)::bigint
                as reached
       from jobs
      where jobs.organization_id = batches.organization_id and jobs.batch_id = batches.id
 ) as counted
 where batches.organization_id = %(organization_id)s and batches.id = any(%(batch_ids)s)
