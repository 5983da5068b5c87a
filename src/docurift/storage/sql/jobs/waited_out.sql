-- Both priorities are named, so that each is read from its end of the index on what waits.
select organization_id, id from jobs
 where status = 'pending' and priority in ('high', 'normal')
   and created_at <= clock_timestamp() - make_interval(secs => %(max_wait_seconds)s)
 order by created_at
 limit %(limit)s
