-- The event is kept as long as the transaction lasts, so that a delivery of it can be written.
select sequence from events
 where organization_id = %(organization_id)s and sequence = %(sequence)s
   for key share
