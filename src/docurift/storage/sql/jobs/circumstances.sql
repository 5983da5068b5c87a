-- What decides about a job beside its row. `running`: what its organization has in the queue and in hand. Workers are known by the connection on which they listen for work.
select clock_timestamp() as now, jobs.lease_until, documents.deleted_at,
       (
           select count(*) from jobs as others
            where others.organization_id = jobs.organization_id
              and (others.status = 'processing' or (others.status = 'pending' and others.start_tag is not null))
       ) as running,
       jobs.status = 'processing' and jobs.lease_until <= clock_timestamp() as is_lost,
       (
           select count(*) from pg_stat_activity
            where datname = current_database() and split_part(application_name, '/', 1) = %(worker_name)s
       ) as workers
  from jobs join documents on documents.id = jobs.document_id
 where jobs.organization_id = %(organization_id)s and jobs.id = %(job_id)s
