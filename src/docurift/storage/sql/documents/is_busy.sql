select exists (
    select from jobs where document_id = %(document_id)s and status in ('pending', 'processing')
) as busy
