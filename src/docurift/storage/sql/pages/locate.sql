-- The page as the document's newest result has it.
select newest.pages_sha256, newest.engine_version, pages.byte_offset, pages.byte_length
  from (
      select job_id, pages_sha256, engine_version from results
       where organization_id = %(organization_id)s and document_id = %(document_id)s
       order by created_at desc
       limit 1
  ) as newest
  join pages on pages.job_id = newest.job_id
 where pages.number = %(number)s
