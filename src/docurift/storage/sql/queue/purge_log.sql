-- The engine writes two rows of log per job and keeps them for ever.
delete from pgqueuer_log
 where id in (
     select id from pgqueuer_log where created < now() - interval '1 hour' order by created limit %(limit)s
 )
