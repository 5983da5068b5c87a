-- Whoever writes, deletes or sweeps the bytes of a hash takes its lock (reliability.md section 2); in the order that is
-- given, so that two never wait for each other.
select pg_advisory_xact_lock(hashtextextended(%(organization_id)s || '/' || sha256, 0))
  from unnest(%(hashes)s::text[]) as sha256
