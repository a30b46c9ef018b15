-- The allocation service. Arms to come are stored nowhere: they follow from the sealed seed, whose key the database never
-- holds, and from the log. The log only grows, by privilege.

do $$
begin
  if not exists (select from pg_roles where rolname = 'waymark_allocation') then
    begin
      create role waymark_allocation nologin;
    exception
      when duplicate_object or unique_violation then null; -- Another database of the cluster was quicker.
      when insufficient_privilege then
        raise insufficient_privilege using message = format(
          'the role waymark_allocation is missing and %s may not create it: give that login CREATEROLE, or have an '
          'administrator create it and grant it to that login', current_user);
    end;
  end if;
  if not pg_has_role(current_user, 'waymark_allocation', 'SET') then
    begin
      execute format('grant waymark_allocation to %I with inherit false, set true', current_user);
    exception when insufficient_privilege then
      raise notice '% may not act as waymark_allocation: an administrator must grant it', current_user;
    end;
  end if;
end $$;

-- design: the protocol's allocation as it stood at the opening; a later deviation does not reach it.
-- sealed: AES-256-GCM of seed and block sizes. commitment: SHA-256 of design, seed and sizes, public from the opening on.
create table waymark.allocation_trial (
  evaluation_id smallint primary key references waymark.evaluation,
  design        jsonb not null,
  sealed        bytea not null,
  commitment    text not null,
  opened_at     timestamptz not null,
  revealed      jsonb,
  revealed_at   timestamptz,
  check ((revealed is null) = (revealed_at is null))
);

-- One row an entry. unit and arm stand in the entry that gives a unit its arm, and in no other. `entry` is what is hashed.
create table waymark.allocation_log (
  evaluation_id smallint not null references waymark.allocation_trial,
  sequence      integer not null check (sequence > 0),
  council_id    smallint not null references waymark.council,
  unit          uuid,
  arm           smallint check (arm in (0, 1)),
  entry         jsonb not null,
  hash          text not null,
  primary key (evaluation_id, sequence),
  check ((unit is null) = (arm is null))
);
create unique index allocation_log_unit on waymark.allocation_log (evaluation_id, council_id, unit) where unit is not null;

-- Councils that were drawn. trial_from: first index day in the trial arm; null: never.
create table waymark.allocated_council (
  evaluation_id smallint not null references waymark.allocation_trial,
  council_id    smallint not null references waymark.council,
  trial_from    date,
  primary key (evaluation_id, council_id)
);

-- A family that is allocated after its children were heard of: its children are found by its pseudonym.
create index child_fact_family on waymark.child_fact (family) where family is not null;

-- An allocator's key enters units of one council into trials, and does nothing else.
alter table waymark.api_key drop constraint api_key_role_check, drop constraint api_key_check;
alter table waymark.api_key
  add constraint api_key_role check (role in ('council', 'allocator', 'researcher', 'evaluator', 'operator')),
  add constraint api_key_council check ((role in ('council', 'allocator')) = (council_id is not null));

revoke select on waymark.allocation_trial from waymark_operator;
grant select (evaluation_id, design, commitment, opened_at, revealed, revealed_at) on waymark.allocation_trial to waymark_operator;

grant usage on schema waymark to waymark_allocation;
grant select on waymark.council, waymark.api_key, waymark.evaluation, waymark.evaluation_council, waymark.allocation_trial,
  waymark.allocation_log, waymark.allocation, waymark.allocated_council, waymark.lifecycle_entry to waymark_allocation;
grant insert on waymark.allocation_trial, waymark.allocation_log, waymark.allocation, waymark.allocated_council,
  waymark.outbox to waymark_allocation;
grant update (revealed, revealed_at) on waymark.allocation_trial to waymark_allocation;
grant select (child_key, council_id, pseudonym) on waymark.child to waymark_allocation;
grant select (child_key, family) on waymark.child_fact to waymark_allocation;
-- Whether arms are filled as they were allocated; never an outcome.
grant select (evaluation_id, council_id, arm, cluster) on waymark.participant to waymark_allocation;
grant select on waymark.allocated_council to waymark_tracker;
