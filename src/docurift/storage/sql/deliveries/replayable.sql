-- A test event was for the one endpoint that was tested, and is never told again.
select sequence from events
 where organization_id = %(organization_id)s
   and sequence between coalesce(%(first_sequence)s, 0) and coalesce(%(last_sequence)s, 9223372036854775807)
   and created_at >= coalesce(%(since)s::timestamptz, '-infinity')
   and created_at < coalesce(%(before)s::timestamptz, 'infinity')
   and type <> 'webhook.test'
   and (cardinality(%(types)s::text[]) = 0 or type = any (%(types)s::text[]))
 order by sequence
 limit %(limit)s
