-- The counter is the last lock of the transaction: number order is commit order, so readers never miss one.
with next as (
    update organizations set event_sequence = event_sequence + %(count)s
     where id = %(organization_id)s
    returning event_sequence - %(count)s as before
), told as (
    insert into events (organization_id, sequence, id, type, job_id, document_id, data)
    select %(organization_id)s, next.before + new.place, new.id, new.type, new.job_id, new.document_id, new.data
      from next, unnest(
          %(ids)s::text[], %(types)s::text[], %(job_ids)s::text[], %(document_ids)s::text[], %(datas)s::jsonb[]
      ) with ordinality as new (id, type, job_id, document_id, data, place)
    returning sequence, created_at
)
-- However many there are, the same notice is given once per transaction.
select sequence, created_at, pg_notify('docurift_events', %(organization_id)s) from told order by sequence
