select status, document_type, count(*) as jobs from jobs where {where} group by status, document_type
