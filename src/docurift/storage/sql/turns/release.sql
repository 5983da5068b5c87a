update webhook_endpoints set turn_by = null, turn_until = null
 where id = %(endpoint_id)s and turn = %(turn)s
