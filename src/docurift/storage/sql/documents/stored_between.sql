-- The contents of documents in a stretch of the order in which a blob store lists them.
select distinct organization_id, sha256 from documents
 where deleted_at is null and sha256 is not null
   and (organization_id, sha256) > (%(after_organization)s, %(after_sha256)s)
   and (organization_id, sha256) <= (%(to_organization)s, %(to_sha256)s)
