select event_sequence from organizations where id = %(organization_id)s
