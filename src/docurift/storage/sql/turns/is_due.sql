select exists (
    select from deliveries join webhook_endpoints on webhook_endpoints.id = deliveries.endpoint_id
     where deliveries.endpoint_id = %(endpoint_id)s and deliveries.status = 'pending'
       and deliveries.next_attempt_at <= clock_timestamp() and webhook_endpoints.active
       and (webhook_endpoints.paused_until is null or webhook_endpoints.paused_until <= clock_timestamp())
) as is_due
