update organizations
   set sealed_previous_webhook_secret = case when %(overlap)s > interval '0' then sealed_webhook_secret end,
       previous_webhook_secret_until = case
           when %(overlap)s > interval '0' and sealed_webhook_secret is not null then now() + %(overlap)s
       end,
       sealed_webhook_secret = %(sealed_secret)s
 where id = %(organization_id)s
returning previous_webhook_secret_until as previous_until
