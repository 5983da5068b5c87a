select * from events
 where organization_id = %(organization_id)s and sequence > %(sequence)s
 order by sequence
 limit %(limit)s
