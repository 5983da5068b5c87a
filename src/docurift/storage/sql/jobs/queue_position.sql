-- How many pending jobs go before it, itself counted; beyond 1,000 nobody needs the exact place.
select count(*) as place from (
    select 1 from jobs
     where status = 'pending'
       and (priority, created_at, id) <= (%(priority)s, %(created_at)s, %(id)s)
     limit 1001
) as ahead
