update jobs
   set page_count = coalesce(%(page_count)s, page_count),
       pages_processed = greatest(pages_processed, %(pages_processed)s),
       progress = greatest(progress, least(%(progress)s, 99)),
       stage = %(stage)s, updated_at = clock_timestamp()
 where id = %(job_id)s and attempt = %(attempt)s and status = 'processing' and worker is not null
returning pg_notify('docurift_jobs', id)
