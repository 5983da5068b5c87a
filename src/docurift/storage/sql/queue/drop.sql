delete from pgqueuer where dedupe_key = any(%(job_ids)s)
