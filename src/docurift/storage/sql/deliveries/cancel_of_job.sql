-- Only what carries its result. The document is asked for too, since that is what the index knows.
update deliveries set status = 'cancelled', next_attempt_at = null, completed_at = clock_timestamp()
 where organization_id = %(organization_id)s and document_id = %(document_id)s and job_id = %(job_id)s
   and status = 'pending' and event_type = 'document.processing.completed'
