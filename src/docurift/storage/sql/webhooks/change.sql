-- Who is switched on, or gets another address, begins anew: its failures are forgotten and the breaker is closed.
update webhook_endpoints
   set url = coalesce(%(url)s, url),
       events = coalesce(%(events)s::text[], events),
       active = coalesce(%(active)s, active),
       sealed_headers = case when %(header_names)s::text[] is null then sealed_headers else %(sealed_headers)s end,
       header_names = coalesce(%(header_names)s::text[], header_names),
       consecutive_failures = case when %(begins_anew)s then 0 else consecutive_failures end,
       failing_since = case when %(begins_anew)s then null else failing_since end,
       paused_until = case when %(begins_anew)s then null else paused_until end,
       disabled_at = case when %(active)s then null else disabled_at end,
       disabled_reason = case when %(active)s then null else disabled_reason end,
       updated_at = now()
 where organization_id = %(organization_id)s and id = %(endpoint_id)s
returning *
