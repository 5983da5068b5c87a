-- Giving a job back returns the try, never the attempt number; nobody holds the job then, its leaver neither.
with released as (
    update jobs
       set tries = tries - 1, worker = null,
           lease_until = clock_timestamp() + make_interval(secs => %(delay_seconds)s), updated_at = clock_timestamp()
     where id = %(job_id)s and attempt = %(attempt)s and status = 'processing' and worker is not null
    returning id, attempt, priority, start_tag
), closed as (
    update attempts set ended_at = clock_timestamp(), outcome = %(outcome)s
      from released where attempts.job_id = released.id and attempts.number = released.attempt
)
select id, priority, start_tag from released
