insert into documents (
    id, organization_id, file_name, folded_name, media_type, size_bytes, sha256, sealed_source_url,
    newest_job_id, document_type
)
select new.id, %(organization_id)s, new.file_name, new.folded_name, new.media_type, new.size_bytes, new.sha256,
       new.sealed_source_url, new.job_id, new.document_type
  from unnest(
      %(ids)s::text[], %(file_names)s::text[], %(folded_names)s::text[], %(media_types)s::text[],
      %(sizes)s::bigint[], %(hashes)s::text[], %(sealed_urls)s::bytea[], %(job_ids)s::text[],
      %(document_types)s::text[]
  ) as new (
      id, file_name, folded_name, media_type, size_bytes, sha256, sealed_source_url, job_id, document_type
  )
returning *
