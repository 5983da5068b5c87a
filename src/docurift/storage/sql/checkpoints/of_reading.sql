-- What an earlier attempt has read; pages that failed count for their own job only.
select data from page_checkpoints
 where organization_id = %(organization_id)s and reading = %(reading)s
   and (not failed or job_id = %(job_id)s)
 order by number
