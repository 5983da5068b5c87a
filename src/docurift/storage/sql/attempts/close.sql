update attempts
   set ended_at = clock_timestamp(), outcome = %(outcome)s, last_page = %(last_page)s,
       peak_memory_bytes = %(peak_memory_bytes)s, cpu_seconds = %(cpu_seconds)s
 where job_id = %(job_id)s and number = %(attempt)s and outcome is null
