-- The backlog stays in `jobs`; few of it at a time are in the engine's queue, chosen so that organizations get equal
-- shares (docs/decisions/0023-fair-shares.md). Null: in the backlog. Else: admitted to the queue, in this order.
alter table jobs add column start_tag double precision;
create index jobs_backlog on jobs (organization_id, priority, created_at, id) where status = 'pending';
create index jobs_admitted on jobs (organization_id, start_tag) where status = 'pending' and start_tag is not null;

-- Where an organization's next job would begin if it alone had to wait for its own ended ones.
create table shares (
    organization_id text collate "C" primary key references organizations,
    finish_tag double precision not null
) with (fillfactor = 50);
