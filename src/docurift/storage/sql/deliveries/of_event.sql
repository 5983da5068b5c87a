select id from deliveries where endpoint_id = %(endpoint_id)s and sequence = %(sequence)s and origin = 'event'
