select organization_id, job_id from results where expires_at <= now() order by expires_at limit %(limit)s
