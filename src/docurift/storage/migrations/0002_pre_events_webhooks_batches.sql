-- Webhook endpoints and the deliveries to them, batches, documents whose bytes are still to come.

-- What a job's `webhookUrl` without a `webhookSecret` is signed with; sealed (storage/secrets.py).
alter table organizations
    add column sealed_webhook_secret bytea,
    add column sealed_previous_webhook_secret bytea,
    add column previous_webhook_secret_until timestamptz;

create table webhook_endpoints (
    id text collate "C" primary key,
    organization_id text collate "C" not null references organizations,
    url text not null,
    -- Which types of events it wants; none named: all of them.
    events text[] not null default '{}',
    active boolean not null default true,
    -- Made by a job's `webhookUrl`: it hears of its own jobs only.
    per_call boolean not null default false,
    -- Tells equal per-call endpoints apart from others: a keyed digest of URL and secret.
    call_digest bytea,
    -- Null: signed with the organization's own secret.
    sealed_secret bytea,
    sealed_previous_secret bytea,
    previous_secret_until timestamptz,
    -- A JSON object of header names and values; the values may be secrets, the names are shown.
    sealed_headers bytea,
    header_names text[] not null default '{}',
    -- How it answers. The breaker holds everything back until `paused_until`.
    consecutive_failures integer not null default 0,
    failing_since timestamptz,
    last_success_at timestamptz,
    last_failure_at timestamptz,
    paused_until timestamptz,
    disabled_at timestamptz,
    disabled_reason text,
    -- One deliverer at a time sends to it: `turn` fences its writes, as a job's attempt does.
    turn bigint not null default 0,
    turn_by text,
    turn_until timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint an_endpoint_has_a_secret check (sealed_secret is not null or per_call),
    constraint a_call_has_a_digest check (per_call = (call_digest is not null)),
    constraint a_disabled_endpoint_is_not_active check (disabled_at is null or not active),
    constraint a_disabled_endpoint_says_why check ((disabled_at is null) = (disabled_reason is null)),
    constraint an_endpoint_is_disabled_for_a_known_reason check (disabled_reason in ('gone', 'failing'))
) with (fillfactor = 70);
create index webhook_endpoints_by_creation on webhook_endpoints (organization_id, per_call, created_at, id);
create unique index webhook_endpoints_by_call on webhook_endpoints (organization_id, call_digest)
    where per_call and active;
create index webhook_endpoints_of_calls_by_age on webhook_endpoints (updated_at) where per_call;

-- One row for each event that goes to one endpoint, written with the event.
create table deliveries (
    id text collate "C" primary key,
    organization_id text collate "C" not null references organizations,
    endpoint_id text collate "C" not null references webhook_endpoints on delete cascade,
    sequence bigint not null,
    event_id text collate "C" not null,
    event_type text not null,
    job_id text collate "C",
    document_id text collate "C",
    -- `event`: written with the event; else somebody asked for it to be sent again.
    origin text not null default 'event',
    status text collate "C" not null default 'pending',
    attempts integer not null default 0,
    -- First attempts get the clock's time under the counter's lock: their order is that of the numbers.
    next_attempt_at timestamptz,
    created_at timestamptz not null default clock_timestamp(),
    completed_at timestamptz,
    constraint a_delivery_has_a_known_origin check (origin in ('event', 'redelivery', 'replay')),
    constraint a_delivery_has_a_known_status check (status in ('pending', 'delivered', 'exhausted', 'cancelled')),
    constraint a_pending_delivery_is_due_some_time check ((status = 'pending') = (next_attempt_at is not null)),
    constraint a_final_delivery_says_when check ((status = 'pending') = (completed_at is null))
) with (fillfactor = 80);
create unique index deliveries_once_per_event on deliveries (endpoint_id, sequence) where origin = 'event';
create index deliveries_due on deliveries (endpoint_id, next_attempt_at, sequence) where status = 'pending';
create index deliveries_waiting on deliveries (next_attempt_at) where status = 'pending';
create index deliveries_by_creation on deliveries (endpoint_id, created_at, id);
create index deliveries_by_document on deliveries (document_id) where document_id is not null and status = 'pending';
create index deliveries_by_age on deliveries (completed_at) where completed_at is not null;

create table delivery_attempts (
    delivery_id text collate "C" not null references deliveries on delete cascade,
    number integer not null,
    started_at timestamptz not null,
    latency_ms integer not null,
    -- What the endpoint answered, or why there is no answer.
    status_code smallint,
    error text,
    -- The first 1 KiB of the answer, control characters escaped.
    answer text,
    primary key (delivery_id, number),
    constraint an_attempt_had_an_answer_or_an_error check (status_code is not null or error is not null)
);

-- The bytes that are sent for an event, frozen at the first attempt (security.md section 6.2).
create table event_bodies (
    organization_id text collate "C" not null,
    sequence bigint not null,
    body bytea not null,
    primary key (organization_id, sequence),
    foreign key (organization_id, sequence) references events on delete cascade
);

create table batches (
    id text collate "C" primary key,
    organization_id text collate "C" not null references organizations,
    retry_of text collate "C",
    callback_metadata jsonb,
    -- Null until its archive is unpacked; `open_items` of them are not final yet.
    item_count integer,
    open_items integer,
    -- The archive that is still to be unpacked, and the options of the jobs that come out of it.
    archive_sha256 text collate "C",
    archive_options jsonb,
    -- Of the documents in the archive; sealed (storage/secrets.py) until they are unpacked.
    sealed_password bytea,
    -- The endpoint of its `webhookUrl`, which hears of each job and of the batch.
    webhook_id text collate "C",
    -- As a job is taken: `unpack_attempt` fences, `unpack_tries` is the budget.
    unpack_attempt integer not null default 0,
    unpack_tries integer not null default 0,
    unpack_lease_until timestamptz,
    error_code text collate "C",
    error_message text,
    cancel_requested_at timestamptz,
    created_at timestamptz not null default now(),
    completed_at timestamptz,
    constraint a_batch_counts_its_open_items check (open_items between 0 and item_count),
    constraint a_batch_is_complete_when_nothing_is_open check (
        completed_at is null or open_items = 0 or error_code is not null
    ),
    constraint a_failed_batch_says_when check (error_code is null or completed_at is not null)
) with (fillfactor = 70);
create index batches_by_creation on batches (organization_id, created_at, id);
create index batches_open on batches (organization_id, created_at, id) where completed_at is null;
create index batches_to_unpack on batches (created_at) where archive_sha256 is not null and completed_at is null;
create index batches_by_webhook on batches (webhook_id) where webhook_id is not null;
create index batches_by_archive on batches (organization_id, archive_sha256) where archive_sha256 is not null;

alter table jobs
    add column batch_index integer,
    -- The endpoint of its `webhookUrl`. No foreign key: a final job's row cannot change when the endpoint goes.
    add column webhook_id text collate "C",
    add column cancel_requested_at timestamptz,
    add constraint a_job_has_a_place_in_its_batch check ((batch_id is null) = (batch_index is null));
create unique index jobs_by_batch_index on jobs (organization_id, batch_id, batch_index)
    include (status, progress, cancel_requested_at) where batch_id is not null;
create index jobs_by_webhook on jobs (webhook_id) where webhook_id is not null;
create index jobs_to_cancel on jobs (id) where cancel_requested_at is not null and status = 'processing';

-- The bytes of a `fileUrl` come when the job is taken; those of a refused item of an archive never do.
alter table documents
    alter column media_type drop not null,
    alter column size_bytes drop not null,
    alter column sha256 drop not null,
    add column sealed_source_url bytea,
    add constraint a_document_has_its_content_whole_or_not check (
        num_nulls(media_type, size_bytes, sha256) in (0, 3)
    );

alter table idempotency_keys
    alter column job_id drop not null,
    add column batch_id text collate "C" references batches on delete cascade deferrable initially deferred,
    add constraint an_idempotency_key_stands_for_one_thing check (num_nonnulls(job_id, batch_id) = 1);
create index idempotency_keys_by_batch on idempotency_keys (batch_id) where batch_id is not null;
