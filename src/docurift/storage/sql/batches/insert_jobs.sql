with new as materialized (
    select * from unnest(
        %(ids)s::text[], %(document_ids)s::text[], %(retries_of)s::text[], %(indexes)s::integer[],
        %(document_types)s::text[], %(priorities)s::text[], %(options)s::jsonb[], %(file_names)s::text[],
        %(folded_names)s::text[], %(metadata)s::jsonb[], %(sealed_passwords)s::bytea[], %(terms)s::text[],
        %(start_tags)s::float8[]
    ) as one (
        id, document_id, retry_of, batch_index, document_type, priority, options, file_name, folded_name,
        callback_metadata, sealed_password, terms, start_tag
    )
), made as (
    insert into jobs (
        id, organization_id, document_id, retry_of, document_type, priority, options, file_name, folded_name,
        callback_metadata, sealed_password, batch_id, batch_index, webhook_id, start_tag
    )
    select id, %(organization_id)s, document_id, retry_of, document_type, priority, options, file_name, folded_name,
           callback_metadata, sealed_password, %(batch_id)s, batch_index, %(webhook_id)s, start_tag
      from new
    returning *
), findable as (
    insert into job_terms (job_id, document_id, terms)
    select id, document_id, terms::bigint[] from new
)
select * from made order by batch_index
