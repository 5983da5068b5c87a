-- Of jobs that did not end well a day ago: nobody resumes them any more.
delete from page_checkpoints
 where ctid in (
     select ctid from page_checkpoints where created_at < now() - interval '1 day' limit %(limit)s
 )
