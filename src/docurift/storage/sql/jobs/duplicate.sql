-- The newest job on the same bytes with the same options that has not failed: completed by this engine, or on its way.
-- Of jobs with a password nobody can tell whether it is the same one, until it has opened the document.
select jobs.* from documents
  join jobs on jobs.document_id = documents.id
  left join results on results.job_id = jobs.id
 where documents.organization_id = %(organization_id)s and documents.sha256 = %(sha256)s
   and documents.deleted_at is null
   and jobs.options - %(unlike)s::text[] = %(options)s::jsonb
   and (
       (jobs.status = 'completed' and results.engine_version = %(engine_version)s)
       or (
           jobs.status in ('pending', 'processing') and jobs.cancel_requested_at is null
           and jobs.sealed_password is null and not %(has_password)s
       )
   )
 order by jobs.created_at desc, jobs.id desc
 limit 1
