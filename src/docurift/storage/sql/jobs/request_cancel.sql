-- One that nobody holds is due at once: whoever takes it ends it.
update jobs
   set cancel_requested_at = clock_timestamp(), updated_at = clock_timestamp(),
       lease_until = case when worker is null then clock_timestamp() else lease_until end
 where id = any(%(job_ids)s) and status = 'processing' and cancel_requested_at is null
returning *, pg_notify('docurift_jobs', id)
