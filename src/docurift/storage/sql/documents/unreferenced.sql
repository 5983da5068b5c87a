-- Which of these hashes no document, result, pages or archive of the organization needs any more.
select candidate as sha256 from unnest(%(candidates)s::text[]) as candidate
 where not exists (
           select from documents
            where organization_id = %(organization_id)s and sha256 = candidate and deleted_at is null
       )
   and not exists (select from results where organization_id = %(organization_id)s and sha256 = candidate)
   and not exists (select from results where organization_id = %(organization_id)s and pages_sha256 = candidate)
   and not exists (
           select from batches
            where organization_id = %(organization_id)s and archive_sha256 = candidate
              and item_count is null and completed_at is null
       )
