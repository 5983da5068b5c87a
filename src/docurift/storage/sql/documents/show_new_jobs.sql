update documents
   set newest_job_id = new.job_id, document_type = new.document_type, status = 'queued', confidence = null,
       processed_at = null, expires_at = null
  from unnest(%(document_ids)s::text[], %(job_ids)s::text[], %(document_types)s::text[])
       as new (document_id, job_id, document_type)
 where documents.organization_id = %(organization_id)s and documents.id = new.document_id
