-- An endpoint of a call without a secret of its own is signed for with that of its organization.
select webhook_endpoints.id, webhook_endpoints.organization_id, webhook_endpoints.url,
       webhook_endpoints.sealed_headers, own.is_own,
       case when own.is_own then webhook_endpoints.sealed_secret
            else organizations.sealed_webhook_secret end as sealed_secret,
       case when own.is_own and webhook_endpoints.previous_secret_until > clock_timestamp()
            then webhook_endpoints.sealed_previous_secret
            when not own.is_own and organizations.previous_webhook_secret_until > clock_timestamp()
            then organizations.sealed_previous_webhook_secret end as sealed_previous
  from webhook_endpoints
  join organizations on organizations.id = webhook_endpoints.organization_id
 cross join lateral (select webhook_endpoints.sealed_secret is not null as is_own) as own
 where webhook_endpoints.id = %(endpoint_id)s
