select pg_advisory_xact_lock_shared(hashtextextended(%(organization_id)s || '/', 0))
