-- In the order of the ids, so that two that lock many never wait for each other.
select * from documents
 where organization_id = %(organization_id)s and id = any(%(document_ids)s)
 order by id
   for update
