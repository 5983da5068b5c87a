-- Its archive's bytes keep their name until they are gone.
update batches
   set error_code = %(code)s, error_message = %(message)s, completed_at = clock_timestamp(),
       sealed_password = null, unpack_lease_until = null
 where id = %(batch_id)s and item_count is null and completed_at is null
returning pg_notify('docurift_jobs', id)
