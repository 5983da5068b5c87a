delete from page_checkpoints where organization_id = %(organization_id)s and sha256 = %(sha256)s
