insert into pages (job_id, number, byte_offset, byte_length)
select %(job_id)s, number, byte_offset, byte_length
  from unnest(%(numbers)s::integer[], %(offsets)s::bigint[], %(lengths)s::integer[])
    as frame (number, byte_offset, byte_length)
