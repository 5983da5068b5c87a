-- Locked first and judged by `pending_from` afterwards, which then sees every delivery that was written meanwhile.
select sequence, created_at < now() - %(kept)s as is_old
  from events
 where organization_id = %(organization_id)s
 order by sequence
 limit %(limit)s
   for update
