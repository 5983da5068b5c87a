-- In the order of the items, each with where its result is.
select jobs.*,
       results.job_id, results.sha256, results.stored_bytes, results.result_bytes, results.pages_sha256,
       results.engine_version, results.detected_language, null::bigint as place
  from jobs left join results on results.job_id = jobs.id
 where jobs.organization_id = %(organization_id)s and jobs.batch_id = %(batch_id)s and jobs.batch_index > %(after)s
 order by jobs.batch_index
 limit %(limit)s
