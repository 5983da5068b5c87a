select data from page_checkpoints
 where organization_id = %(organization_id)s and reading = %(reading)s and number = %(number)s
   and (not failed or job_id = %(job_id)s)
