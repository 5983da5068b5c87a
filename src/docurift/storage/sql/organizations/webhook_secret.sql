select sealed_webhook_secret is not null as exists,
       case when previous_webhook_secret_until > now() then previous_webhook_secret_until end as previous_until
  from organizations where id = %(organization_id)s
