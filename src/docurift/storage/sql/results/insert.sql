insert into results (
    job_id, organization_id, document_id, sha256, stored_bytes, result_bytes, pages_sha256, engine_version,
    detected_language, expires_at
) values (
    %(job_id)s, %(organization_id)s, %(document_id)s, %(sha256)s, %(stored_bytes)s, %(result_bytes)s,
    %(pages_sha256)s, %(engine_version)s, %(detected_language)s,
    %(expires_at)s
)
