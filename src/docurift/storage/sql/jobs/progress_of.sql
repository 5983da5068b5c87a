select jobs.id, jobs.status, jobs.progress, jobs.stage, jobs.pages_processed
  from unnest(%(organization_ids)s::text[], %(job_ids)s::text[]) as watched (organization_id, job_id)
  join jobs on jobs.id = watched.job_id and jobs.organization_id = watched.organization_id
