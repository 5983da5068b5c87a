-- The counter is the last lock of the transaction: number order is commit order, so readers never miss one.
with next as (
    update organizations set event_sequence = event_sequence + 1
     where id = %(organization_id)s
    returning event_sequence
)
insert into events (organization_id, sequence, id, type, job_id, document_id, data)
select %(organization_id)s, event_sequence, %(id)s, %(type)s, %(job_id)s, %(document_id)s, %(data)s from next
returning sequence, created_at
