select * from delivery_attempts where delivery_id = any (%(delivery_ids)s) order by delivery_id, number
