-- A page that another job could not read is read now; what is known already stays.
insert into page_checkpoints (organization_id, reading, number, sha256, job_id, failed, data)
select %(organization_id)s, %(reading)s, number, %(sha256)s, %(job_id)s, failed, data
  from unnest(%(numbers)s::integer[], %(failed)s::boolean[], %(data)s::bytea[]) as page (number, failed, data)
on conflict (organization_id, reading, number) do update
   set job_id = excluded.job_id, failed = excluded.failed, data = excluded.data, created_at = now()
 where page_checkpoints.failed and page_checkpoints.job_id <> excluded.job_id
