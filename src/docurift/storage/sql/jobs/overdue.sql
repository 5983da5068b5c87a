-- Past their deadline by so much that whoever holds them, if anybody, cannot be at work on them any more.
select id from jobs
 where status = 'processing' and deadline_at <= clock_timestamp() - make_interval(secs => %(slack_seconds)s)
 order by deadline_at
 limit %(limit)s
