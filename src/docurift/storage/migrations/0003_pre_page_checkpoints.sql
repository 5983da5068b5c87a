-- Pages that were read by an attempt which has not ended well yet. Rows rather than blobs: a job writes few and small
-- ones, most jobs none, and they go with the job's own transactions (docs/decisions/0022-a-death-costs-a-page.md).
create table page_checkpoints (
    organization_id text collate "C" not null references organizations,
    -- Digest of all that a page's reading depends on: content, options, engine version (model/checkpoint.py).
    reading bytea not null,
    number integer not null,
    sha256 text collate "C" not null,
    job_id text collate "C" not null,
    -- Nothing could be read of it: holds for this job only, so that a retry by the user tries the page again.
    failed boolean not null,
    data bytea not null,
    created_at timestamptz not null default now(),
    primary key (organization_id, reading, number),
    constraint checkpoints_count_from_one check (number >= 1)
);
-- They are compressed already.
alter table page_checkpoints alter column data set storage external;
create index page_checkpoints_by_content on page_checkpoints (organization_id, sha256);
create index page_checkpoints_by_job on page_checkpoints (job_id);
create index page_checkpoints_by_age on page_checkpoints (created_at);
