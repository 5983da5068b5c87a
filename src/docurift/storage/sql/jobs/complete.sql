with finished as (
    update jobs
       set status = 'completed', stage = 'done', progress = 100, lease_until = null, sealed_password = null,
           page_count = %(page_count)s, pages_processed = %(pages_processed)s, confidence = %(confidence)s,
           detected_document_type = %(detected_document_type)s, result_sha256 = %(result_sha256)s,
           completed_at = clock_timestamp(), updated_at = clock_timestamp(),
           expires_at = clock_timestamp() + make_interval(secs => (options ->> 'expires_after_seconds')::integer)
     where id = %(job_id)s and attempt = %(attempt)s and status = 'processing' and worker is not null
    returning *
), shown as (
    update documents
       set status = 'completed', confidence = finished.confidence, processed_at = finished.completed_at,
           expires_at = finished.expires_at,
           page_count = finished.page_count
      from finished where documents.id = finished.document_id and documents.newest_job_id = finished.id
)
select *, pg_notify('docurift_jobs', id) from finished
