-- The lock of `events/append`, and no stronger: what only refers to the organization goes on.
select id from organizations where id = %(organization_id)s for no key update
