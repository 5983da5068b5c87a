update deliveries set next_attempt_at = clock_timestamp() + make_interval(secs => %(seconds)s)
 where id = %(delivery_id)s and status = 'pending'
