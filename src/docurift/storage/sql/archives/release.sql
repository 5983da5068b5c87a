-- An orderly leave gives the try back; its attempt is over all the same.
update batches
   set unpack_attempt = unpack_attempt + 1, unpack_tries = unpack_tries - 1, unpack_lease_until = null
 where id = %(batch_id)s and unpack_attempt = %(attempt)s and unpack_lease_until is not null
   and item_count is null and completed_at is null
returning id
