-- Whoever holds the turn hears that there is more to be sent.
select pg_notify('docurift_turns', id) from webhook_endpoints
 where id = %(endpoint_id)s and turn_until > clock_timestamp()
