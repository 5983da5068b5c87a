-- The bytes that were sent for them go too (foreign key).
delete from events where organization_id = %(organization_id)s and sequence between %(first)s and %(last)s
