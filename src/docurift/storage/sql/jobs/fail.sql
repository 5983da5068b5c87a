-- By the worker that holds it, or (attempt null) by housekeeping: once its lease has ended and its tries are spent, or
-- (slack_seconds given) once it is past its deadline by more than that.
with finished as (
    update jobs
       set status = 'failed', stage = 'done', lease_until = null, sealed_password = null,
           error_code = %(code)s, error_message = %(message)s, error_retryable = %(retryable)s,
           error_stage = %(stage)s, error_page = %(page)s,
           completed_at = clock_timestamp(), updated_at = clock_timestamp(),
           expires_at = clock_timestamp() + make_interval(secs => (options ->> 'expires_after_seconds')::integer)
     where id = %(job_id)s and status = 'processing'
       and (
           (attempt = %(attempt)s and worker is not null)
           or (%(attempt)s::integer is null and lease_until <= clock_timestamp() and tries >= %(max_tries)s)
           or (
               %(attempt)s::integer is null
               and deadline_at <= clock_timestamp() - make_interval(secs => %(slack_seconds)s::float8)
           )
       )
    returning *
), shown as (
    update documents
       set status = 'failed', confidence = null, processed_at = finished.completed_at,
           expires_at = finished.expires_at,
           page_count = coalesce(finished.page_count, documents.page_count)
      from finished where documents.id = finished.document_id and documents.newest_job_id = finished.id
)
select *, pg_notify('docurift_jobs', id) from finished
