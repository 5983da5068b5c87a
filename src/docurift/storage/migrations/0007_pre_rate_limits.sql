-- How much of each limited thing was used: `full_until` is when the use so far will have drained away (GCRA's theoretical
-- arrival time). Unlogged, so that counting a request waits for no disk; a crash of the server forgets all use, by choice.
-- No index but the key's: with one on `full_until` no update could stay on its page.
create unlogged table rate_limits (
    scope text primary key,
    full_until timestamptz not null
) with (fillfactor = 50);
