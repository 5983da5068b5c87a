-- The same worker goes on with a new attempt, which fences the old one off; the lease and the tries stay as they are.
with again as (
    update jobs set attempt = attempt + 1, updated_at = clock_timestamp()
     where id = %(job_id)s and attempt = %(attempt)s and status = 'processing' and worker is not null
    returning *
), opened as (
    insert into attempts (job_id, number, organization_id, worker)
    select id, attempt, organization_id, worker from again
)
select *, pg_notify('docurift_jobs', id) from again
