select extract(epoch from now() - (select min(created_at) from jobs where {where} and status = 'pending'))::float8
           as oldest_pending_seconds,
       coalesce((
           select sum(pages_processed) from jobs
            where {where} and status = 'completed' and completed_at > now() - interval '5 minutes'
              and updated_at > now() - interval '5 minutes'
       ), 0)::bigint as pages_in_five_minutes
