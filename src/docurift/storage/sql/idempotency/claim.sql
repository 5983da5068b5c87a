-- Waits for another transaction that claims the same key; no row means that the key stands for an earlier request.
insert into idempotency_keys (organization_id, key, fingerprint, job_id, batch_id, sealed_answer)
values (%(organization_id)s, %(key)s, %(fingerprint)s, %(job_id)s, %(batch_id)s, %(sealed_answer)s)
on conflict (organization_id, key) do update
   set fingerprint = excluded.fingerprint, job_id = excluded.job_id, batch_id = excluded.batch_id,
       sealed_answer = excluded.sealed_answer, created_at = excluded.created_at
 where idempotency_keys.created_at <= now() - interval '24 hours'
returning created_at
