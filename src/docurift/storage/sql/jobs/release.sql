-- An orderly leave gives the try back, never the attempt number.
with released as (
    update jobs
       set tries = tries - 1, lease_until = clock_timestamp(), updated_at = clock_timestamp()
     where id = %(job_id)s and attempt = %(attempt)s and status = 'processing'
    returning id, attempt, priority
), closed as (
    update attempts set ended_at = clock_timestamp(), outcome = 'released'
      from released where attempts.job_id = released.id and attempts.number = released.attempt
)
select id, priority from released
