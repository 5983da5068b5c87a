-- A delivery that was cancelled meanwhile stays so, but what was sent of it is told. Recorded before: changes nothing.
with made as (
    select * from unnest(
        %(ids)s::text[], %(numbers)s::integer[], %(started_at)s::timestamptz[], %(latencies_ms)s::integer[],
        %(status_codes)s::smallint[], %(errors)s::text[], %(answers)s::text[], %(statuses)s::text[],
        %(delays)s::float8[]
    ) as made (id, number, started_at, latency_ms, status_code, error, answer, status, delay)
), counted as (
    update deliveries
       set attempts = made.number,
           status = case when deliveries.status = 'pending' then made.status else deliveries.status end,
           next_attempt_at = case when deliveries.status = 'pending' and made.status = 'pending'
                                  then clock_timestamp() + make_interval(secs => made.delay) end,
           completed_at = case when deliveries.status <> 'pending' then deliveries.completed_at
                               when made.status <> 'pending' then clock_timestamp() end
      from made
     where deliveries.id = made.id and deliveries.endpoint_id = %(endpoint_id)s
       and deliveries.attempts = made.number - 1
    returning deliveries.id
)
insert into delivery_attempts (delivery_id, number, started_at, latency_ms, status_code, error, answer)
select made.id, made.number, made.started_at, made.latency_ms, made.status_code, made.error, made.answer
  from made join counted using (id)
returning delivery_id
