-- Whoever comes second waits for the first, and gets the first one's endpoint.
insert into webhook_endpoints (id, organization_id, url, per_call, call_digest, sealed_secret)
values (%(id)s, %(organization_id)s, %(url)s, true, %(call_digest)s, %(sealed_secret)s)
on conflict (organization_id, call_digest) where per_call and active do update set url = excluded.url
returning id
