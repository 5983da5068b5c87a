-- Ended before any worker took it. The jobs are locked by the caller; errors stand in the order of the ids.
with finished as (
    update jobs
       set status = 'failed', stage = 'done', sealed_password = null,
           error_code = failure.code, error_message = failure.message, error_retryable = failure.retryable,
           error_stage = failure.stage,
           completed_at = clock_timestamp(), updated_at = clock_timestamp(),
           expires_at = clock_timestamp() + make_interval(secs => (options ->> 'expires_after_seconds')::integer)
      from unnest(
          %(job_ids)s::text[], %(codes)s::text[], %(messages)s::text[], %(retryables)s::boolean[], %(stages)s::text[]
      ) as failure (job_id, code, message, retryable, stage)
     where jobs.id = failure.job_id and jobs.status = 'pending'
    returning jobs.*
), shown as (
    update documents
       set status = 'failed', confidence = null, processed_at = finished.completed_at,
           expires_at = finished.expires_at
      from finished where documents.id = finished.document_id and documents.newest_job_id = finished.id
)
select *, pg_notify('docurift_jobs', id) from finished order by batch_index, id
