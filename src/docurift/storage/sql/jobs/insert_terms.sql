insert into job_terms (job_id, document_id, terms) values (%(job_id)s, %(document_id)s, %(terms)s)
