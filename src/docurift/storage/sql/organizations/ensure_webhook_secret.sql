update organizations set sealed_webhook_secret = %(sealed_secret)s
 where id = %(organization_id)s and sealed_webhook_secret is null
