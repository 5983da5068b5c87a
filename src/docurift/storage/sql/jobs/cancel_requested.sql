-- Which of the jobs in hand somebody asked to stop, and where they are.
select id, stage from jobs
 where id = any(%(job_ids)s::text[]) and cancel_requested_at is not null and status = 'processing'
