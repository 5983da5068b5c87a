insert into batches (
    id, organization_id, retry_of, callback_metadata, webhook_id, item_count, open_items, archive_sha256,
    archive_options, sealed_password, created_at
) values (
    %(id)s, %(organization_id)s, %(retry_of)s, %(callback_metadata)s, %(webhook_id)s, %(item_count)s, %(item_count)s,
    %(archive_sha256)s, %(archive_options)s, %(sealed_password)s, now()
)
