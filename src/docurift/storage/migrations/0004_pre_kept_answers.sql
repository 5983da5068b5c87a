-- A POST that begins no work keeps its whole answer, sealed (storage/secrets.py): some show a secret, and only once.
alter table idempotency_keys
    add column sealed_answer bytea,
    drop constraint an_idempotency_key_stands_for_one_thing,
    add constraint an_idempotency_key_stands_for_one_thing check (num_nonnulls(job_id, batch_id, sealed_answer) = 1);
