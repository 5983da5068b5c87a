update webhook_endpoints
   set sealed_previous_secret = case when %(overlap)s > interval '0' then sealed_secret end,
       previous_secret_until = case when %(overlap)s > interval '0' then now() + %(overlap)s end,
       sealed_secret = %(sealed_secret)s,
       updated_at = now()
 where organization_id = %(organization_id)s and id = %(endpoint_id)s
returning *
