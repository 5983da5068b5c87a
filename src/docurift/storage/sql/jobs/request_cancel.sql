update jobs set cancel_requested_at = clock_timestamp(), updated_at = clock_timestamp()
 where id = any(%(job_ids)s) and status = 'processing' and cancel_requested_at is null
returning *, pg_notify('docurift_jobs', id)
