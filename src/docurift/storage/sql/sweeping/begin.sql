select pg_advisory_xact_lock(hashtextextended(%(organization_id)s || '/', 0))
