select min(sequence) as sequence
  from deliveries
 where organization_id = %(organization_id)s and status = 'pending'
   and sequence between %(first)s and %(last)s
