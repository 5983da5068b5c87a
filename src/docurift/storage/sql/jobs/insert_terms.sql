insert into job_terms (job_id, document_id, folded_name, terms)
values (%(job_id)s, %(document_id)s, %(folded_name)s, %(terms)s)
