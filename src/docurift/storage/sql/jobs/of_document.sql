select * from jobs
 where organization_id = %(organization_id)s and document_id = %(document_id)s
 order by created_at desc, id desc
 limit %(limit)s
