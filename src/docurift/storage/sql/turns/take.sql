-- Only one deliverer can match: nobody holds the turn, or its holder was silent too long.
update webhook_endpoints
   set turn = turn + 1, turn_by = %(deliverer)s,
       turn_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s)
 where id = %(endpoint_id)s and active
   and (turn_until is null or turn_until <= clock_timestamp())
   and (paused_until is null or paused_until <= clock_timestamp())
returning organization_id, turn, consecutive_failures, failing_since, last_success_at, last_failure_at, paused_until,
          disabled_reason
