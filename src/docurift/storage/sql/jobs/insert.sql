with made as (
    insert into jobs (
        id, organization_id, document_id, retry_of, document_type, priority, options, file_name, folded_name,
        callback_metadata, sealed_password, batch_id, batch_index, webhook_id, start_tag
    ) values (
        %(id)s, %(organization_id)s, %(document_id)s, %(retry_of)s, %(document_type)s, %(priority)s, %(options)s,
        %(file_name)s, %(folded_name)s, %(callback_metadata)s, %(sealed_password)s, %(batch_id)s,
        %(batch_index)s, %(webhook_id)s, %(start_tag)s
    )
    returning *
), findable as (
    insert into job_terms (job_id, document_id, terms)
    select id, document_id, %(terms)s::bigint[] from made
)
select * from made
