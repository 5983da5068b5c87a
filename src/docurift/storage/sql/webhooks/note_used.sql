update webhook_endpoints set updated_at = now() where id = any (%(endpoint_ids)s)
