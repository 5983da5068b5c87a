select * from results where organization_id = %(organization_id)s and job_id = any (%(job_ids)s::text[])
