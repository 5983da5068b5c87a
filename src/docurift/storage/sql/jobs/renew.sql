-- The leases that still stand; those not answered are lost.
update jobs
   set lease_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s)
  from unnest(%(job_ids)s::text[], %(attempts)s::integer[]) as held (id, attempt)
 where jobs.id = held.id and jobs.attempt = held.attempt and jobs.status = 'processing'
   and jobs.worker is not null
returning jobs.id
