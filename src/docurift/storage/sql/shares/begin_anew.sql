-- The tags of an idle service begin at zero again, long before the engine's priorities, 32 bits wide, run out.
update shares set finish_tag = 0
 where finish_tag > %(above)s
   and not exists (select from jobs where status in ('pending', 'processing') and start_tag is not null)
