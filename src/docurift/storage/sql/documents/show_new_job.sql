update documents
   set newest_job_id = %(job_id)s, document_type = %(document_type)s, status = 'queued', confidence = null,
       processed_at = null, expires_at = null
 where organization_id = %(organization_id)s and id = %(document_id)s
