-- Those of its failed jobs whose document can be read again: its bytes are there, or come from an address.
select jobs.*
  from jobs join documents on documents.id = jobs.document_id
 where jobs.organization_id = %(organization_id)s and jobs.batch_id = %(batch_id)s and jobs.status = 'failed'
   and documents.deleted_at is null and num_nonnulls(documents.sha256, documents.sealed_source_url) > 0
 order by jobs.batch_index
