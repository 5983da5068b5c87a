delete from idempotency_keys
 where ctid in (
     select ctid from idempotency_keys where created_at <= now() - interval '24 hours' limit %(limit)s
 )
