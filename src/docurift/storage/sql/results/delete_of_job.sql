delete from results where organization_id = %(organization_id)s and job_id = %(job_id)s
returning sha256, pages_sha256
