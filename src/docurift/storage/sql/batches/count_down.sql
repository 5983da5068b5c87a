-- Whoever brings it to nothing ends the batch: the row is locked from here to the commit, so there is one such.
update batches
   set open_items = open_items - %(final)s,
       completed_at = case when open_items = %(final)s then clock_timestamp() end
 where organization_id = %(organization_id)s and id = %(batch_id)s and completed_at is null
returning open_items, case when open_items = 0 then pg_notify('docurift_jobs', id) end
