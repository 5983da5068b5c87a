-- What `record` does in four statements, for the usual case: a success forgets whatever was known of the endpoint.
with held as (
    update webhook_endpoints
       set consecutive_failures = 0, failing_since = null, paused_until = null, last_success_at = clock_timestamp()
     where id = %(endpoint_id)s and turn = %(turn)s
    returning id, consecutive_failures, failing_since, last_success_at, last_failure_at, paused_until, disabled_reason
), made as (
    select * from unnest(
        %(ids)s::text[], %(numbers)s::integer[], %(started_at)s::timestamptz[], %(latencies_ms)s::integer[],
        %(status_codes)s::smallint[], %(answers)s::text[]
    ) as made (id, number, started_at, latency_ms, status_code, answer)
), counted as (
    update deliveries
       set attempts = made.number, status = case when deliveries.status = 'pending' then 'delivered' else status end,
           next_attempt_at = null, completed_at = coalesce(deliveries.completed_at, clock_timestamp())
      from made, held
     where deliveries.id = made.id and deliveries.endpoint_id = held.id and deliveries.attempts = made.number - 1
    returning deliveries.id
), logged as (
    insert into delivery_attempts (delivery_id, number, started_at, latency_ms, status_code, answer)
    select made.id, made.number, made.started_at, made.latency_ms, made.status_code, made.answer
      from made join counted using (id)
)
select * from held
