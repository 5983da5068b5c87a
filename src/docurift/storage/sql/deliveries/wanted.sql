-- Asked after the events were appended: a statement of its own sees every endpoint that was made before them.
select told.sequence, webhook_endpoints.id as endpoint_id
  from unnest(%(sequences)s::bigint[], %(types)s::text[], %(only_to)s::text[]) as told (sequence, type, only_to)
  join webhook_endpoints on webhook_endpoints.organization_id = %(organization_id)s and not webhook_endpoints.per_call
 where told.only_to is null and webhook_endpoints.active
   and (cardinality(webhook_endpoints.events) = 0 or told.type = any (webhook_endpoints.events))
union
select told.sequence, webhook_endpoints.id
  from unnest(%(sequences)s::bigint[], %(also_to)s::text[], %(only_to)s::text[]) as told (sequence, also_to, only_to)
  join webhook_endpoints on webhook_endpoints.id = coalesce(told.only_to, told.also_to)
 where webhook_endpoints.organization_id = %(organization_id)s and webhook_endpoints.active
 order by sequence, endpoint_id
