-- The oldest event of each organization is enough to see whether anything is to go. Where it is still to be delivered,
-- nothing is: those logs would stand before all others, round after round.
select organizations.id
  from organizations
  cross join lateral (
      select sequence, created_at from events
       where events.organization_id = organizations.id
       order by sequence
       limit 1
  ) as oldest
 where oldest.created_at < now() - %(kept)s
   and not exists (
       select from deliveries
        where deliveries.organization_id = organizations.id and deliveries.sequence = oldest.sequence
          and deliveries.status = 'pending'
   )
 order by oldest.created_at
 limit %(limit)s
