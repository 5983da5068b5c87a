insert into documents (
    id, organization_id, file_name, folded_name, media_type, size_bytes, sha256, sealed_source_url,
    newest_job_id, document_type
) values (
    %(id)s, %(organization_id)s, %(file_name)s, %(folded_name)s, %(media_type)s, %(size_bytes)s, %(sha256)s,
    %(sealed_source_url)s, %(job_id)s, %(document_type)s
)
returning *
