-- A row whose use has drained away says the same as none.
delete from rate_limits
 where ctid = any(array(
     select ctid from rate_limits where full_until < clock_timestamp() limit %(limit)s for update skip locked
 ))
