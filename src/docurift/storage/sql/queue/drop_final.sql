-- Entries whose job is final or gone, a bounded piece of them.
delete from pgqueuer
 where id in (
     select pgqueuer.id from pgqueuer
      where starts_with(pgqueuer.dedupe_key, 'job_')
        and pgqueuer.updated < now() - interval '1 minute'
        and not exists (
            select from jobs where jobs.id = pgqueuer.dedupe_key and jobs.status in ('pending', 'processing')
        )
      limit %(limit)s
 )
