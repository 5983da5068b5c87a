-- Whoever writes, deletes or sweeps the bytes of one hash takes this lock (reliability.md section 2).
select pg_advisory_xact_lock(hashtextextended(%(organization_id)s || '/' || %(sha256)s, 0))
