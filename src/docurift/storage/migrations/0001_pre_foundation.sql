-- The tables of a job's life (architecture.md section 6). Identifiers sort as bytes: they carry their time.

create table organizations (
    id text collate "C" primary key,
    name text not null,
    -- Number of the newest event. Counting here, as the last lock of a transaction, makes number order commit order.
    event_sequence bigint not null default 0,
    created_at timestamptz not null default now()
) with (fillfactor = 50);

insert into organizations (id, name) values ('org_00000000000000000000000000', 'default');

create table api_keys (
    id text collate "C" primary key,
    organization_id text collate "C" not null references organizations,
    name text not null,
    prefix text not null,
    key_hash bytea not null,
    hash_version smallint not null default 1,
    scopes text[] not null,
    enabled boolean not null default true,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    last_used_at timestamptz,
    constraint a_key_is_unique unique (key_hash),
    constraint a_key_hash_is_sha256 check (hash_version <> 1 or octet_length(key_hash) = 32),
    constraint a_key_has_known_scopes check (
        cardinality(scopes) > 0
        and scopes <@ array['jobs:read', 'jobs:write', 'webhooks:manage', 'keys:manage', 'admin']
    )
);
create index api_keys_by_creation on api_keys (organization_id, created_at, id);

-- A document's status, type, confidence and processing time are those of its newest job.
create table documents (
    id text collate "C" primary key,
    organization_id text collate "C" not null references organizations,
    file_name text not null,
    folded_name text not null,
    media_type text not null,
    size_bytes bigint not null,
    sha256 text collate "C" not null,
    page_count integer,
    newest_job_id text collate "C",
    status text collate "C" not null default 'queued',
    document_type text collate "C" not null,
    confidence double precision,
    created_at timestamptz not null default now(),
    processed_at timestamptz,
    expires_at timestamptz,
    deleted_at timestamptz,
    constraint a_document_has_bytes check (size_bytes > 0),
    constraint a_document_has_a_sha256 check (sha256 ~ '^[0-9a-f]{64}$'),
    constraint a_document_has_a_known_status check (status in ('queued', 'processing', 'completed', 'failed')),
    constraint a_document_confidence_is_a_share check (confidence between 0 and 1)
);
create index documents_by_creation on documents (organization_id, created_at, id) where deleted_at is null;
create index documents_by_status on documents (organization_id, status, created_at, id) where deleted_at is null;
create index documents_by_type on documents (organization_id, document_type, created_at, id) where deleted_at is null;
create index documents_by_file_name on documents (organization_id, file_name collate "C", id) where deleted_at is null;
create index documents_by_processing on documents (organization_id, coalesce(processed_at, '-infinity'), id)
    where deleted_at is null;
create index documents_by_confidence on documents (organization_id, coalesce(confidence, -1), id)
    where deleted_at is null;
create index documents_expiring on documents (expires_at) where deleted_at is null and expires_at is not null;
create index documents_by_content on documents (organization_id, sha256) where deleted_at is null;

create table jobs (
    id text collate "C" primary key,
    organization_id text collate "C" not null references organizations,
    document_id text collate "C" not null references documents,
    batch_id text collate "C",
    retry_of text collate "C",
    status text collate "C" not null default 'pending',
    stage text collate "C" not null default 'queued',
    progress smallint not null default 0,
    attempt integer not null default 0,
    tries integer not null default 0,
    worker text,
    lease_until timestamptz,
    document_type text collate "C" not null,
    priority text collate "C" not null,
    options jsonb not null,
    file_name text not null,
    folded_name text not null,
    callback_metadata jsonb,
    sealed_password bytea,
    page_count integer,
    pages_processed integer not null default 0,
    confidence double precision,
    detected_document_type text,
    result_sha256 text collate "C",
    error_code text collate "C",
    error_message text,
    error_retryable boolean,
    error_stage text,
    error_page integer,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    started_at timestamptz,
    completed_at timestamptz,
    expires_at timestamptz,
    constraint a_job_has_a_known_status check (status in ('pending', 'processing', 'completed', 'failed')),
    constraint a_job_has_a_known_priority check (priority in ('normal', 'high')),
    constraint progress_is_a_percentage check (progress between 0 and 100),
    constraint tries_never_exceed_attempts check (tries between 0 and attempt),
    constraint a_processing_job_is_leased check ((status = 'processing') = (lease_until is not null)),
    constraint a_started_job_says_when check (status in ('pending', 'failed') or started_at is not null),
    constraint a_final_job_says_when check ((status in ('completed', 'failed')) = (completed_at is not null)),
    constraint a_completed_job_has_a_result check ((status = 'completed') = (result_sha256 is not null)),
    constraint a_completed_job_is_whole check (status <> 'completed' or (progress = 100 and confidence is not null)),
    constraint a_failed_job_has_an_error check ((status = 'failed') = (error_code is not null)),
    constraint an_error_is_told_in_full check (
        error_code is null or (error_message is not null and error_retryable is not null and error_stage is not null)
    ),
    constraint a_final_job_keeps_no_password check (status in ('pending', 'processing') or sealed_password is null)
) with (fillfactor = 80);
create index jobs_by_creation on jobs (organization_id, created_at, id);
create index jobs_by_update on jobs (organization_id, updated_at, id);
create index jobs_by_status on jobs (organization_id, status, created_at, id);
create index jobs_by_type on jobs (organization_id, document_type, created_at, id);
create index jobs_by_error on jobs (organization_id, error_code, created_at, id) where error_code is not null;
create index jobs_by_batch on jobs (organization_id, batch_id, created_at, id) where batch_id is not null;
create index jobs_by_document on jobs (document_id, created_at, id);
create index jobs_waiting on jobs (priority, created_at, id) where status = 'pending';
create index jobs_leased on jobs (lease_until) where status = 'processing';

-- The one place that knows which changes of a job are none (contract section 3: a final state never changes).
create function refuse_job_change() returns trigger language plpgsql as $$
begin
    if old.status in ('completed', 'failed') then
        raise exception 'job % is final and cannot change', old.id
            using errcode = 'check_violation', constraint = 'a_final_job_cannot_change';
    end if;
    raise exception 'job % would go back in status, progress or attempt', old.id
        using errcode = 'check_violation', constraint = 'a_job_never_goes_back';
end;
$$;
create trigger a_job_never_goes_back before update on jobs for each row
    when (
        old.status in ('completed', 'failed')
        or new.progress < old.progress
        or new.attempt < old.attempt
        or (new.status = 'pending' and old.status <> 'pending')
    )
    execute function refuse_job_change();

create table attempts (
    job_id text collate "C" not null references jobs on delete cascade,
    number integer not null,
    organization_id text collate "C" not null,
    worker text not null,
    started_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    outcome text,
    last_page integer,
    peak_memory_bytes bigint,
    cpu_seconds double precision,
    primary key (job_id, number),
    constraint an_attempt_has_a_known_outcome check (outcome in (
        'completed', 'error', 'timeout', 'out_of_memory', 'crashed', 'worker_lost', 'cancelled', 'released'
    )),
    constraint an_ended_attempt_has_an_outcome check ((ended_at is null) = (outcome is null))
);

-- Where the bytes of a completed job's answer are; gone when its document is deleted or it has expired.
create table results (
    job_id text collate "C" primary key references jobs on delete cascade,
    organization_id text collate "C" not null,
    document_id text collate "C" not null references documents,
    sha256 text collate "C" not null,
    stored_bytes bigint not null,
    result_bytes bigint not null,
    pages_sha256 text collate "C",
    engine_version text not null,
    detected_language text,
    created_at timestamptz not null default now(),
    expires_at timestamptz
);
create index results_expiring on results (expires_at) where expires_at is not null;
create index results_by_document on results (document_id, created_at);
create index results_by_content on results (organization_id, sha256);
create index results_by_pages_content on results (organization_id, pages_sha256) where pages_sha256 is not null;

-- Each page is one compressed frame within the blob `results.pages_sha256`.
create table pages (
    job_id text collate "C" not null references results on delete cascade,
    number integer not null,
    byte_offset bigint not null,
    byte_length integer not null,
    primary key (job_id, number),
    constraint pages_count_from_one check (number >= 1),
    constraint a_page_has_bytes check (byte_offset >= 0 and byte_length > 0)
);

create table events (
    organization_id text collate "C" not null references organizations,
    sequence bigint not null,
    id text collate "C" not null,
    type text not null,
    created_at timestamptz not null default clock_timestamp(),
    job_id text collate "C",
    document_id text collate "C",
    data jsonb not null,
    primary key (organization_id, sequence)
);
create index events_by_job on events (job_id, sequence) where job_id is not null;
create index events_by_document on events (document_id) where document_id is not null;

-- The job does not exist yet when the key is claimed; a deleted job frees its key.
create table idempotency_keys (
    organization_id text collate "C" not null references organizations,
    key text collate "C" not null,
    fingerprint bytea not null,
    job_id text collate "C" not null references jobs on delete cascade deferrable initially deferred,
    created_at timestamptz not null default now(),
    primary key (organization_id, key),
    constraint an_idempotency_key_is_short check (length(key) between 1 and 255)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);
create index idempotency_keys_by_job on idempotency_keys (job_id);

-- What lists search: hashes of the file name's pieces and of the metadata's pairs (storage/terms.py).
-- Apart from jobs, whose every update would otherwise rewrite some fifty index entries. pg_trgm is not everywhere.
create table job_terms (
    job_id text collate "C" primary key references jobs on delete cascade,
    document_id text collate "C" not null,
    terms bigint[] not null
) with (toast_tuple_target = 128);
-- Only the index reads the terms: outside the rows they leave those narrow, which a search reads by the thousand.
alter table job_terms alter column terms set storage external;
-- A long list of pending insertions would be read whole by each search.
create index job_terms_by_term on job_terms using gin (terms) with (fastupdate = on, gin_pending_list_limit = 128);
