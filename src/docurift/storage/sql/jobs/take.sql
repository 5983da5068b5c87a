-- Only one worker can match: pending, or its lease has ended; an attempt that ended so is closed as lost.
with taken as (
    update jobs
       set status = 'processing', stage = 'load', attempt = attempt + 1, tries = tries + 1, worker = %(worker)s,
           lease_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s),
           started_at = coalesce(started_at, clock_timestamp()), updated_at = clock_timestamp(),
           deadline_at = coalesce(deadline_at, clock_timestamp() + make_interval(
               secs => least((options ->> 'deadline_seconds')::float8, %(max_seconds)s::float8)
           ))
     where id = %(job_id)s and tries < %(max_tries)s
       and (status = 'pending' or (status = 'processing' and lease_until <= clock_timestamp()))
    returning *
), lost as (
    update attempts set ended_at = clock_timestamp(), outcome = 'worker_lost'
      from taken where attempts.job_id = taken.id and attempts.outcome is null
), opened as (
    insert into attempts (job_id, number, organization_id, worker)
    select id, attempt, organization_id, worker from taken
), shown as (
    update documents set status = 'processing'
      from taken where documents.id = taken.document_id and documents.newest_job_id = taken.id
)
select *, pg_notify('docurift_jobs', id) from taken
