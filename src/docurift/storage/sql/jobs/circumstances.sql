-- What decides about a job beside its row. Workers are known by the connection on which they listen for work.
select clock_timestamp() as now, jobs.lease_until, documents.deleted_at,
       jobs.status = 'processing' and jobs.lease_until <= clock_timestamp() as is_lost,
       (
           select count(*) from pg_stat_activity
            where datname = current_database() and application_name = %(worker_name)s
       ) as workers
  from jobs join documents on documents.id = jobs.document_id
 where jobs.organization_id = %(organization_id)s and jobs.id = %(job_id)s
