update batches set cancel_requested_at = clock_timestamp()
 where organization_id = %(organization_id)s and id = %(batch_id)s and cancel_requested_at is null
returning id
