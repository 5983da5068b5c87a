insert into webhook_endpoints (
    id, organization_id, url, events, active, sealed_secret, sealed_headers, header_names
)
values (
    %(id)s, %(organization_id)s, %(url)s, %(events)s, %(active)s, %(sealed_secret)s, %(sealed_headers)s,
    %(header_names)s
)
returning *
