-- The weaker lock: a row that refers to the endpoint does not wait for it, nor this for that row's transaction.
select organization_id, consecutive_failures, failing_since, last_success_at, last_failure_at, paused_until,
       disabled_reason, clock_timestamp() as now
  from webhook_endpoints
 where id = %(endpoint_id)s and turn = %(turn)s
   for no key update
