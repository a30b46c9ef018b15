-- Two pseudonyms may be one child. Everything derived of a child is kept under its person: the key of the lowest pseudonym
-- among those that standing statements link. `stated_under` is the key of the pseudonym a record was stated under.

-- The head of every statement that two pseudonyms are one child. other_key: null where it does not (or no longer) say so.
create table waymark.same_child (
  child_key   integer not null references waymark.child,
  record_id   uuid not null,
  other_key   integer references waymark.child,
  recorded_at timestamptz not null,
  event_id    uuid not null,
  primary key (child_key, record_id)
);
create index on waymark.same_child (other_key) where other_key is not null;

-- Every pseudonym of a child of several; a pseudonym that is not here is a person by itself.
create table waymark.person_member (
  child_key  integer primary key references waymark.child,
  person_key integer not null references waymark.child
);
create index on waymark.person_member (person_key);

-- Few and far between: these statements (kind 11) alone, for who was one child on an earlier day.
create index case_event_same_child on waymark.case_event (child_key, record_id) where kind = 11;

-- The same table with its person. Columns go by size, so that the new one takes no room.
alter table waymark.occurrence rename to occurrence_of_pseudonym;
alter table waymark.occurrence_of_pseudonym rename constraint occurrence_pkey to occurrence_of_pseudonym_pkey;
create table waymark.occurrence (
  recorded_at  timestamptz not null,
  child_key    integer not null,
  stated_under integer not null,
  starts       date,
  ends         date,
  detail       integer not null,
  kind         smallint not null,
  purged       boolean not null,
  event_id     uuid not null,
  record_id    uuid not null
);
insert into waymark.occurrence (child_key, stated_under, kind, record_id, starts, ends, detail, purged, recorded_at, event_id)
select child_key, child_key, kind, record_id, starts, ends, detail, purged, recorded_at, event_id
from waymark.occurrence_of_pseudonym order by child_key, kind, record_id;
alter table waymark.occurrence add primary key (child_key, kind, record_id, stated_under);
drop table waymark.occurrence_of_pseudonym;

alter table waymark.child_fact add column stated_under integer;
update waymark.child_fact set stated_under = child_key;
alter table waymark.child_fact alter column stated_under set not null;
alter table waymark.child_fact drop constraint child_fact_pkey, add primary key (child_key, record_id, stated_under);

-- Each fact is the newest one that any source stated at all under any of the child's pseudonyms.
create or replace view waymark.child_known as
select f.child_key,
  (array_agg(birth_month order by recorded_at desc, event_id desc, pseudonym desc) filter (where birth_month is not null))[1]
    as birth_month,
  (array_agg(death_month order by recorded_at desc, event_id desc, pseudonym desc) filter (where death_month is not null))[1]
    as death_month,
  (array_agg(sex order by recorded_at desc, event_id desc, pseudonym desc) filter (where sex is not null))[1] as sex,
  (array_agg(ethnicity order by recorded_at desc, event_id desc, pseudonym desc) filter (where ethnicity is not null))[1]
    as ethnicity,
  (array_agg(disabled order by recorded_at desc, event_id desc, pseudonym desc) filter (where disabled is not null))[1]
    as disabled,
  (array_agg(unaccompanied order by recorded_at desc, event_id desc, pseudonym desc) filter (where unaccompanied is not null))[1]
    as unaccompanied,
  (array_agg(deprivation_decile order by recorded_at desc, event_id desc, pseudonym desc)
    filter (where deprivation_decile is not null))[1] as deprivation_decile,
  (array_agg(family order by recorded_at desc, event_id desc, pseudonym desc) filter (where family is not null))[1] as family
from waymark.child_fact f join waymark.child c on c.child_key = f.stated_under
group by f.child_key;

-- Who a participant is: the pseudonym its index record was stated under. child_key is the person that pseudonym now is of.
alter table waymark.participant add column index_child integer references waymark.child;
update waymark.participant set index_child = child_key;
alter table waymark.participant alter column index_child set not null;
create index participant_by_index_child on waymark.participant (index_child);

-- A participant that was found to be one child with another of its evaluation that was allocated before it: kept as it was
-- enrolled, not followed, and back among the participants should the two be parted again.
create table waymark.duplicate_participant (
  participant_key integer primary key,
  evaluation_id   smallint not null references waymark.evaluation,
  index_child     integer not null references waymark.child,
  council_id      smallint not null references waymark.council,
  index_day       date not null,
  index_record    uuid not null,
  arm             smallint not null check (arm in (0, 1)),
  cluster         uuid not null,
  -- The participant that is followed in its place.
  duplicate_of    integer not null,
  noted_at        timestamptz not null default now()
);
create index on waymark.duplicate_participant (evaluation_id, index_child);

grant select, insert, update, delete on waymark.occurrence, waymark.person_member to waymark_ingest;
grant select, insert, update on waymark.same_child to waymark_ingest;
grant select on waymark.occurrence, waymark.person_member to waymark_tracker;
grant select, insert, update, delete on waymark.duplicate_participant to waymark_tracker;
grant select on waymark.duplicate_participant to waymark_portal;

-- What the portal reads is cut down to its reader (0015).
alter table waymark.duplicate_participant enable row level security;
create policy rights_as_granted on waymark.duplicate_participant using (true) with check (true);
create policy of_the_reader on waymark.duplicate_participant as restrictive to waymark_portal
  using (evaluation_id = any ((select waymark.readable_evaluations())::smallint[]));
