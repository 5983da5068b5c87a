-- Hints may be lost; the row is the truth. What is in the backlog has none. A job of this very moment is left alone: its entry may be on its way. So is
-- one whose entry was picked just now; whoever picks an entry takes the job at once, or never.
(select id, priority, start_tag from jobs
  where status = 'processing' and lease_until <= clock_timestamp() and tries < %(max_tries)s
    and not exists (select from pgqueuer where dedupe_key = jobs.id and status = 'queued')
  order by lease_until limit %(limit)s)
union all
(select id, priority, start_tag from jobs
  where status = 'pending' and start_tag is not null and created_at < now() - interval '1 second'
    and not exists (
        select from pgqueuer
         where dedupe_key = jobs.id
           and (status = 'queued' or (status = 'picked' and updated > now() - interval '3 seconds'))
    )
  order by start_tag, priority, created_at, id limit %(limit)s)
