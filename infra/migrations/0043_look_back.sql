-- Looking back: figures as they were known at the end of an earlier day, and what changed from one day to another. They are told
-- from the ledger by a process of its own, judged, and kept: no row names a child.

do $$
begin
  if not exists (select from pg_roles where rolname = 'waymark_look_back') then
    begin
      create role waymark_look_back nologin;
    exception
      when duplicate_object or unique_violation then null; -- Another database of the cluster was quicker.
      when insufficient_privilege then
        raise insufficient_privilege using message = format(
          'the role waymark_look_back is missing and %s may not create it: give that login CREATEROLE, or have an '
          'administrator create it and grant it to that login', current_user);
    end;
  end if;
  if not pg_has_role(current_user, 'waymark_look_back', 'SET') then
    begin
      execute format('grant waymark_look_back to %I with inherit false, set true', current_user);
    exception when insufficient_privilege then
      raise notice '% may not act as waymark_look_back: an administrator must grant it', current_user;
    end;
  end if;
end $$;

-- until null: figures as known by the end of `day`; else what changed from then until the end of `until`. Days are London's.
-- panels, reasons: as they may be shown. counted: the exact counts behind `reasons`, by which later ones are judged.
create table waymark.look_back (
  look_back_id  integer generated always as identity primary key,
  evaluation_id smallint not null references waymark.evaluation,
  protocol_hash text not null,
  day           date not null,
  until         date check (until > day),
  asked_by      text not null,
  asked_at      timestamptz not null default now(),
  attempts      smallint not null default 0,
  councils_done smallint not null default 0,
  made_at       timestamptz,
  code_version  text,
  panels        jsonb,
  reasons       jsonb,
  counted       jsonb,
  unique nulls not distinct (evaluation_id, protocol_hash, day, until),
  check (made_at is null or (code_version is not null
    and (panels is null) = (until is not null) and (reasons is null) = (until is null) and (counted is null) = (until is null)))
);
create index look_back_waits on waymark.look_back (asked_at) where made_at is null;
create index on waymark.look_back (evaluation_id, asked_at);

-- Outcomes by arm stand in it: none is asked for, or kept, of an evaluation that is blinded.
create function waymark.look_back_is_unblinded() returns trigger language plpgsql as $$
begin
  if not exists (select from waymark.evaluation e where e.evaluation_id = new.evaluation_id and e.unblinded) then
    raise exception 'an evaluation is looked back on once it is unblinded';
  end if;
  return new;
end $$;
create trigger look_back_is_unblinded before insert or update on waymark.look_back
  for each row execute function waymark.look_back_is_unblinded();

-- What was made stays as it was made.
create function waymark.look_back_stays() returns trigger language plpgsql as $$
begin
  if old.made_at is not null then
    raise exception 'what was looked back on stays as it was told';
  end if;
  return new;
end $$;
create trigger look_back_stays before update on waymark.look_back for each row execute function waymark.look_back_stays();

create trigger audited_insert after insert on waymark.look_back referencing new table as come for each statement
  execute function waymark.audit_change('change', 'look_back_id', 'evaluation_id', 'day', 'until', 'asked_by');

-- The portal asks through this alone, in its reader's name: `asked`; `known` already, made or being made; `future`: the day is not
-- over; `before`: the evaluation was not here yet; `busy`: too many wait; `enough`: too many were asked for today; `refused`.
create function waymark.ask_look_back(of_evaluation smallint, from_day date, to_day date) returns text
language plpgsql security definer set search_path = pg_catalog as $$
declare
  own waymark.evaluation;
  failed integer;
begin
  select * into own from waymark.evaluation e
  where e.evaluation_id = of_evaluation and e.unblinded and e.evaluation_id = any (waymark.readable_evaluations())
    and current_setting('waymark.reader_role', true) in ('evaluator', 'output-checker', 'operator');
  if own.evaluation_id is null then
    return 'refused';
  elsif coalesce(to_day, from_day) >= (now() at time zone 'Europe/London')::date then
    return 'future';
  elsif from_day < (own.created_at at time zone 'Europe/London')::date then
    return 'before';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('waymark.look_back', 0));
  select l.look_back_id into failed from waymark.look_back l
  where l.evaluation_id = of_evaluation and l.protocol_hash = own.protocol_hash and l.day = from_day
    and l.until is not distinct from to_day and l.made_at is null and l.attempts >= 3;
  if failed is null and exists (
    select from waymark.look_back l
    where l.evaluation_id = of_evaluation and l.protocol_hash = own.protocol_hash and l.day = from_day
      and l.until is not distinct from to_day)
  then
    return 'known';
  elsif (select count(*) from waymark.look_back l where l.made_at is null and l.attempts < 3) >= 10
    or (select count(*) from waymark.look_back l
        where l.evaluation_id = of_evaluation and l.made_at is null and l.attempts < 3) >= 3
  then
    return 'busy';
  elsif (select count(*) from waymark.look_back l
         where l.evaluation_id = of_evaluation and l.asked_at > now() - interval '24 hours') >= 24
  then
    return 'enough';
  end if;
  if failed is not null then
    update waymark.look_back set attempts = 0, councils_done = 0, asked_at = now() where look_back_id = failed;
  else
    insert into waymark.look_back (evaluation_id, protocol_hash, day, until, asked_by)
    values (of_evaluation, own.protocol_hash, from_day, to_day, current_setting('waymark.reader', true));
  end if;
  return 'asked';
end $$;
revoke all on function waymark.ask_look_back, waymark.look_back_is_unblinded, waymark.look_back_stays from public;
grant execute on function waymark.ask_look_back to waymark_portal;

alter table waymark.look_back enable row level security;
create policy rights_as_granted on waymark.look_back using (true) with check (true);
create policy of_the_reader on waymark.look_back as restrictive to waymark_portal using (
  evaluation_id = any ((select waymark.readable_evaluations())::smallint[])
  and evaluation_id in (select e.evaluation_id from waymark.evaluation e where e.unblinded)
  and current_setting('waymark.reader_role', true) in ('evaluator', 'output-checker', 'operator'));
grant select (look_back_id, evaluation_id, protocol_hash, day, until, asked_by, asked_at, attempts, councils_done, made_at,
  code_version, panels, reasons) on waymark.look_back to waymark_portal;

-- It reads the ledger and who was enrolled, and no stored outcome; it writes what it tells and nothing else.
grant usage on schema waymark to waymark_look_back;
grant select on waymark.council, waymark.child, waymark.case_event, waymark.feed_statement, waymark.stream,
  waymark.evaluation, waymark.evaluation_council, waymark.lifecycle_entry, waymark.allocation, waymark.allocated_council,
  waymark.opt_out, waymark.participant, waymark.duplicate_participant, waymark.cohort_change, waymark.released_panel
  to waymark_look_back;
grant select (evaluation_id, opened_at) on waymark.allocation_trial to waymark_look_back;
grant select, insert on waymark.look_back to waymark_look_back;
grant update (attempts, councils_done, made_at, code_version, panels, reasons, counted) on waymark.look_back to waymark_look_back;

-- Exact counts stand in it too: they go with the evaluation's records.
create or replace function waymark.erase_evaluation(of_erasure integer) returns void
language plpgsql set search_path = pg_catalog as $$
declare
  own smallint;
  followed integer[];
  held record;
  gone bigint;
begin
  select e.evaluation_id into own from waymark.erasure e where e.erasure_id = of_erasure and e.scope = 'evaluation';
  if own is null then
    return;
  end if;
  select coalesce(array_agg(p.participant_key), '{}') into followed from waymark.participant p where p.evaluation_id = own;
  for held in select * from waymark.tables_by_child() loop
    if held.by_evaluation then
      execute format('delete from waymark.%I where evaluation_id = $1', held.name) using own;
    else
      execute format('delete from waymark.%I where participant_key = any ($1)', held.name) using followed;
    end if;
    get diagnostics gone = row_count;
    perform waymark.erasure_counted(of_erasure, held.name, gone);
  end loop;
  update waymark.milestone set draft = null where evaluation_id = own and draft is not null;
  get diagnostics gone = row_count;
  perform waymark.erasure_counted(of_erasure, 'milestone', gone);
  delete from waymark.look_back where evaluation_id = own;
  get diagnostics gone = row_count;
  perform waymark.erasure_counted(of_erasure, 'look_back', gone);
end $$;
