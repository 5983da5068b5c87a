select * from jobs where organization_id = %(organization_id)s and id = %(job_id)s
