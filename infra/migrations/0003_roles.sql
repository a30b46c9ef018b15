-- Each process acts as a role of its own that may do what that process does and no more. Only the owner of the tables may
-- change or delete a ledger row; a purge's erasure goes through one function that can only remove overtaken content.
-- A migration that adds a table grants on it to the roles that use it; waymark_operator may read every table by default.
--
-- Roles belong to the whole cluster, so this needs CREATEROLE, or roles that an administrator made beforehand:
--   create role waymark_gateway; …; grant waymark_gateway, … to <the processes' login> with inherit false, set true;

do $$
declare
  process text;
begin
  foreach process in array array['waymark_gateway', 'waymark_ingest', 'waymark_tracker', 'waymark_portal', 'waymark_operator'] loop
    if not exists (select from pg_roles where rolname = process) then
      begin
        execute format('create role %I nologin', process);
      exception
        when duplicate_object or unique_violation then null; -- Another database of the cluster was quicker.
        when insufficient_privilege then
          raise insufficient_privilege using message = format(
            'the role %s is missing and %s may not create it: give that login CREATEROLE, or have an administrator create '
            'waymark_gateway, waymark_ingest, waymark_tracker, waymark_portal and waymark_operator and grant them to it',
            process, current_user);
      end;
    end if;
    if not pg_has_role(current_user, process, 'SET') then
      begin
        execute format('grant %I to %I with inherit false, set true', process, current_user);
      exception when insufficient_privilege then
        raise notice '% may not act as %: an administrator must grant it to the login of that process', current_user, process;
      end;
    end if;
  end loop;
end $$;

-- Removes the content of every statement of these children that a purge of the same record has overtaken.
create function waymark.erase_purged(children integer[]) returns bigint
language sql security definer set search_path = pg_catalog
begin atomic
  with erased as (
    update waymark.case_event e set state = null
    from waymark.case_event purge
    where e.child_key = any(children) and e.state is not null
      and purge.child_key = e.child_key and purge.kind = e.kind and purge.record_id = e.record_id and purge.purged
      and (purge.recorded_at, purge.event_id) > (e.recorded_at, e.event_id)
    returning 1
  )
  select count(*) from erased;
end;
revoke all on function waymark.erase_purged from public;

grant usage on schema waymark
  to waymark_gateway, waymark_ingest, waymark_tracker, waymark_portal, waymark_operator;

-- Gateway: who sends, and whether they may.
grant select on waymark.council, waymark.api_key to waymark_gateway;
grant select, insert, update on waymark.stream to waymark_gateway;

-- Ingest: adds to the ledger, keeps what is derived from it, and never sees an evaluation or an arm.
grant select on waymark.council to waymark_ingest;
grant select, insert on waymark.child, waymark.case_event, waymark.declared_gap, waymark.quarantine, waymark.outbox
  to waymark_ingest;
grant select, insert, update on waymark.child_fact, waymark.stream, waymark.feed_mark, waymark.feed_heard to waymark_ingest;
grant select, insert, update, delete on waymark.occurrence to waymark_ingest;
grant select (child_key, council_id) on waymark.participant to waymark_ingest;
grant execute on function waymark.erase_purged to waymark_ingest;

-- Tracker: participants and outcomes from occurrences; it never reads the ledger. Frozen outcomes are only added to.
grant select on waymark.council, waymark.child, waymark.occurrence, waymark.child_fact, waymark.child_known,
  waymark.declared_gap, waymark.feed_mark, waymark.feed_heard, waymark.complete_through, waymark.stream,
  waymark.evaluation, waymark.evaluation_council, waymark.allocation to waymark_tracker;
grant select, insert, update, delete on waymark.participant, waymark.cohort_change, waymark.outcome to waymark_tracker;
grant select, insert on waymark.milestone, waymark.frozen_outcome to waymark_tracker;
grant update (draft) on waymark.milestone to waymark_tracker;
grant select, delete on waymark.outbox to waymark_tracker;
grant select, insert, update on waymark.alert to waymark_tracker;

-- Portal: what has been worked out. Neither ledger nor occurrences, no child's facts, and no child's pseudonym.
grant select on waymark.council, waymark.api_key, waymark.feed_heard, waymark.complete_through, waymark.declared_gap,
  waymark.quarantine, waymark.alert, waymark.evaluation, waymark.evaluation_council, waymark.participant, waymark.outcome,
  waymark.milestone, waymark.frozen_outcome, waymark.cohort_change to waymark_portal;

-- Commands of people who run the service: they read everything, and register councils, keys, evaluations and allocations.
grant select on all tables in schema waymark to waymark_operator;
alter default privileges in schema waymark grant select on tables to waymark_operator;
grant insert on waymark.council, waymark.api_key, waymark.evaluation, waymark.evaluation_council, waymark.allocation,
  waymark.outbox, waymark.stream to waymark_operator;
grant update on waymark.stream to waymark_operator;
grant update (revoked_at) on waymark.api_key to waymark_operator;
