-- Of all organizations, the oldest first; their attempts go too (foreign key).
delete from deliveries where id in (
    select id from deliveries where completed_at < now() - %(kept)s order by completed_at limit %(limit)s
)
