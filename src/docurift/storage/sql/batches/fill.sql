-- The items of an archive are known, unless the batch was ended meanwhile. Its bytes keep their name until they are gone.
update batches
   set item_count = %(items)s, open_items = %(items)s, sealed_password = null, unpack_lease_until = null
 where id = %(batch_id)s and item_count is null and completed_at is null
returning pg_notify('docurift_jobs', id)
