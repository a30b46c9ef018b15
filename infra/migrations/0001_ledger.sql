-- What is known about a child: councils, pseudonymous children, the append-only ledger and the occurrences derived from it.

create schema waymark;

create table waymark.council (
  council_id  smallint generated always as identity primary key,
  code        text not null unique check (code ~ '^E(06|08|09|10)[0-9]{6}$'),
  name        text not null,
  data_source text not null check (data_source in ('real', 'simulated', 'sample')),
  -- A live feed says something at least this often; silence longer than this is raised, and shown as unknown.
  rhythm_days smallint not null default 7 check (rhythm_days > 0)
);

create table waymark.child (
  child_key  integer generated always as identity primary key,
  council_id smallint not null references waymark.council,
  pseudonym  uuid not null,
  unique (council_id, pseudonym)
);

-- The ledger. One row a statement about a record; `state` is null for a purge and once a purge has erased the record.
-- kind: see services/ledger/kinds.ts. Partitioned by child so that it can be spread over machines.
create table waymark.case_event (
  child_key   integer not null,
  event_id    uuid not null,
  kind        smallint not null,
  record_id   uuid not null,
  recorded_at timestamptz not null,
  ledgered_at timestamptz not null default now(),
  purged      boolean not null,
  state       jsonb,
  primary key (child_key, event_id),
  check (not purged or state is null)
) partition by hash (child_key);

do $$
begin
  for part in 0..7 loop
    execute format(
      'create table waymark.case_event_%s partition of waymark.case_event for values with (modulus 8, remainder %s)',
      part, part);
  end loop;
end $$;

-- The head of every record: its newest statement, as the dates and codes an outcome can ask for. Tombstones stay.
-- Kind 100 rows (periods of care) are derived from a child's care episodes. `detail` is laid out in services/ledger/detail.ts.
create table waymark.occurrence (
  child_key   integer not null,
  kind        smallint not null,
  starts      date,
  ends        date,
  detail      integer not null,
  purged      boolean not null,
  recorded_at timestamptz not null,
  event_id    uuid not null,
  record_id   uuid not null,
  primary key (child_key, kind, record_id)
);

-- Facts about the child, for risk sets, censoring, clusters and subgroups, as each source (a census, an SSDA903 return)
-- last stated them. Months are stored as their first day. A purged record's row holds nothing.
create table waymark.child_fact (
  child_key         integer not null,
  record_id         uuid not null,
  birth_month       date,
  death_month       date,
  sex               text,
  ethnicity         text,
  disabled          boolean,
  unaccompanied     boolean,
  deprivation_decile smallint,
  family            uuid,
  recorded_at       timestamptz not null,
  event_id          uuid not null,
  primary key (child_key, record_id)
);

-- What is known of a child: each fact is the newest one that any source stated at all.
create view waymark.child_known as
select child_key,
  (array_agg(birth_month order by recorded_at desc, event_id desc) filter (where birth_month is not null))[1] as birth_month,
  (array_agg(death_month order by recorded_at desc, event_id desc) filter (where death_month is not null))[1] as death_month,
  (array_agg(sex order by recorded_at desc, event_id desc) filter (where sex is not null))[1] as sex,
  (array_agg(ethnicity order by recorded_at desc, event_id desc) filter (where ethnicity is not null))[1] as ethnicity,
  (array_agg(disabled order by recorded_at desc, event_id desc) filter (where disabled is not null))[1] as disabled,
  (array_agg(unaccompanied order by recorded_at desc, event_id desc) filter (where unaccompanied is not null))[1] as unaccompanied,
  (array_agg(deprivation_decile order by recorded_at desc, event_id desc) filter (where deprivation_decile is not null))[1]
    as deprivation_decile,
  (array_agg(family order by recorded_at desc, event_id desc) filter (where family is not null))[1] as family
from waymark.child_fact
group by child_key;

-- A feed statement is produced to every partition behind the events it covers: it holds once all partitions have shown it.
create table waymark.stream (
  topic      text primary key,
  partitions integer not null
);

create table waymark.feed_mark (
  council_id       smallint not null references waymark.council,
  kind             smallint not null,
  partition        integer not null,
  complete_through date not null,
  stated_at        timestamptz not null,
  statement_id     uuid not null,
  primary key (council_id, kind, partition)
);

-- When a council's messages last reached the store, by partition so that writers never wait for each other.
create table waymark.feed_heard (
  council_id smallint not null references waymark.council,
  partition  integer not null,
  heard_at   timestamptz not null,
  primary key (council_id, partition)
);

create table waymark.declared_gap (
  council_id   smallint not null references waymark.council,
  kind         smallint not null,
  gap_from     date not null,
  gap_to       date not null,
  statement_id uuid not null,
  primary key (council_id, kind, statement_id),
  check (gap_from <= gap_to)
);

create view waymark.complete_through as
select council_id, kind, min(complete_through) as complete_through
from waymark.feed_mark
group by council_id, kind
having count(*) >= (select coalesce(max(partitions), 1) from waymark.stream);

-- A message that could not be understood. The message itself stays in the rejected topic; here is where it stood and why.
create table waymark.quarantine (
  topic       text not null,
  partition   integer not null,
  "offset"    bigint not null,
  council     text,
  code        text not null,
  field       text not null,
  reason      text not null,
  payload_sha256 bytea not null,
  received_at timestamptz not null default now(),
  primary key (topic, partition, "offset")
);

-- One row an ingested batch: the children it changed and the councils whose completeness it moved. Emptied by the relay.
create table waymark.outbox (
  seq         bigint generated always as identity primary key,
  child_keys  integer[] not null,
  council_ids smallint[] not null,
  created_at  timestamptz not null default now()
);

-- Scoped keys of machines and of people until they sign in elsewhere. Only a key's SHA-256 is kept.
create table waymark.api_key (
  key_hash   bytea primary key,
  label      text not null,
  role       text not null check (role in ('council', 'researcher', 'evaluator', 'operator')),
  council_id smallint references waymark.council,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  check ((role = 'council') = (council_id is not null))
);
