select id from jobs
 where status = 'processing' and lease_until <= clock_timestamp() and tries >= %(max_tries)s
 order by lease_until
 limit %(limit)s
