-- Which of the jobs in hand have passed their deadline, and where they are.
select id, stage from jobs
 where id = any(%(job_ids)s::text[]) and status = 'processing' and deadline_at <= clock_timestamp()
