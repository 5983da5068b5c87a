delete from page_checkpoints where organization_id = %(organization_id)s and reading = %(reading)s
