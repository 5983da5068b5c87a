select pg_try_advisory_xact_lock(hashtextextended('docurift ' || %(duty)s, 0)) as leads
