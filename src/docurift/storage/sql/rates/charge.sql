-- The generic cell rate algorithm: each use moves the moment when nothing is in use any more further away; it may not be
-- moved beyond the capacity. The clock is read anew where the row is locked, since the wait for it may have been long.
with charged as (
    insert into rate_limits as known (scope, full_until)
    values (%(scope)s, clock_timestamp() + %(cost)s)
    on conflict (scope) do update
       set full_until = greatest(known.full_until, clock_timestamp()) + %(cost)s
     where greatest(known.full_until, clock_timestamp()) + %(needed)s <= clock_timestamp() + %(capacity)s
    returning full_until
)
select true as is_allowed, full_until - clock_timestamp() as in_use from charged
union all
-- A row that this statement does not see yet was made full by others while it waited.
select false, coalesce(known.full_until, clock_timestamp() + %(capacity)s) - clock_timestamp()
  from (select 1) as one left join rate_limits as known on known.scope = %(scope)s
 where not exists (select from charged)
