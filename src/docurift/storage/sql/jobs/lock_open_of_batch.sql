-- In the order of the ids, so that two that end many jobs never wait for each other.
select * from jobs
 where organization_id = %(organization_id)s and batch_id = %(batch_id)s and status in ('pending', 'processing')
 order by id
   for update
