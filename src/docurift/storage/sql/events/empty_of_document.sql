-- The numbers stay without gaps, the content goes.
update events set data = jsonb_build_object('documentId', document_id, 'jobId', job_id)
 where organization_id = %(organization_id)s and document_id = %(document_id)s
