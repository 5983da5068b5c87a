delete from page_checkpoints where organization_id = %(organization_id)s and job_id = %(job_id)s
