update webhook_endpoints
   set consecutive_failures = %(consecutive_failures)s, failing_since = %(failing_since)s,
       last_success_at = %(last_success_at)s, last_failure_at = %(last_failure_at)s, paused_until = %(paused_until)s,
       active = active and %(disabled_reason)s::text is null,
       disabled_reason = %(disabled_reason)s,
       disabled_at = case when %(disabled_reason)s::text is not null then coalesce(disabled_at, clock_timestamp()) end
 where id = %(endpoint_id)s and turn = %(turn)s
