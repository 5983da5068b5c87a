-- The oldest event of each organization is enough to see whether anything is to go.
select organizations.id
  from organizations
  cross join lateral (
      select created_at from events
       where events.organization_id = organizations.id
       order by sequence
       limit 1
  ) as oldest
 where oldest.created_at < now() - %(kept)s
 order by oldest.created_at
 limit %(limit)s
