-- A job that ended counts as many pages as were read of it; its next ones begin that much later.
insert into shares (organization_id, finish_tag)
values (%(organization_id)s, %(start_tag)s + %(pages)s)
on conflict (organization_id) do update
   set finish_tag = greatest(shares.finish_tag, %(start_tag)s + 1) + %(pages)s - 1
