update deliveries set status = 'cancelled', next_attempt_at = null, completed_at = clock_timestamp()
 where endpoint_id = %(endpoint_id)s and status = 'pending'
