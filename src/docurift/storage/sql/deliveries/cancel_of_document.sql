-- What it would have sent is gone. Call it before the deletion itself is told.
update deliveries set status = 'cancelled', next_attempt_at = null, completed_at = clock_timestamp()
 where organization_id = %(organization_id)s and document_id = %(document_id)s and status = 'pending'
