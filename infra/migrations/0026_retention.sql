-- Retention: until when the records of an evaluation are kept, and their destruction on that day, which a second person has
-- confirmed. A destruction is an erasure of scope `evaluation`, with its counts and its certificate.

-- The newest row of an evaluation holds. destroy_on null: nothing is due. login: who gave the command, as its machine knows them.
create table waymark.retention (
  retention_id  integer generated always as identity primary key,
  evaluation_id smallint not null references waymark.evaluation,
  destroy_on    date,
  reason        text not null check (length(reason) between 5 and 500),
  by            text not null check (length(by) between 1 and 120),
  login         text not null default coalesce(nullif(current_setting('waymark.actor', true), ''), session_user),
  set_at        timestamptz not null default now()
);
create index on waymark.retention (evaluation_id, retention_id);

create table waymark.retention_confirmation (
  retention_id integer primary key references waymark.retention,
  by           text not null check (length(by) between 1 and 120),
  login        text not null default coalesce(nullif(current_setting('waymark.actor', true), ''), session_user),
  confirmed_at timestamptz not null default now()
);

-- Who set a day never confirms it, and only the day that holds is confirmed.
create function waymark.second_person_confirms() returns trigger language plpgsql as $$
declare
  named waymark.retention;
begin
  select * into named from waymark.retention r where r.retention_id = new.retention_id;
  if lower(named."by") = lower(new."by") then
    raise exception 'who set the day of a destruction does not confirm it'
      using errcode = 'check_violation', constraint = 'second_person';
  end if;
  if named.destroy_on is null or exists (
    select from waymark.retention r where r.evaluation_id = named.evaluation_id and r.retention_id > named.retention_id
  ) then
    raise exception 'this day does not hold' using errcode = 'check_violation', constraint = 'standing_day';
  end if;
  return new;
end $$;
create trigger second_person_confirms before insert on waymark.retention_confirmation
  for each row execute function waymark.second_person_confirms();

do $$
declare
  kept text;
begin
  foreach kept in array array['retention', 'retention_confirmation'] loop
    execute format('create trigger %I before update or delete on waymark.%I
      for each row execute function waymark.refuse_rewriting()', kept || '_stays', kept);
    execute format('create trigger %I before truncate on waymark.%I
      for each statement execute function waymark.refuse_rewriting()', kept || '_stays_whole', kept);
    execute format('create trigger audited_insert after insert on waymark.%I referencing new table as come for each statement
      execute function waymark.audit_change(''change'', ''retention_id'', ''evaluation_id'', ''destroy_on'', ''login'')', kept);
  end loop;
end $$;

alter table waymark.erasure
  drop constraint erasure_scope_check,
  alter column council_id drop not null,
  add column evaluation_id smallint unique references waymark.evaluation,
  add constraint erasure_scope_check check (scope in ('child', 'council', 'evaluation')),
  add constraint erasure_of_one check ((council_id is null) = (scope = 'evaluation') and (evaluation_id is null) = (scope <> 'evaluation'));

-- Councils of a destroyed evaluation that take part in no other that stands: nobody has a purpose for their records any more.
create function waymark.councils_without_purpose(of_evaluation smallint) returns setof smallint
language sql stable set search_path = pg_catalog
begin atomic
  select ec.council_id from waymark.evaluation_council ec
  where ec.evaluation_id = of_evaluation and not exists (
    select from waymark.evaluation_council other
    where other.council_id = ec.council_id and other.evaluation_id <> of_evaluation
      and not exists (select from waymark.erasure d where d.evaluation_id = other.evaluation_id));
end;

-- From the order on: keys of councils that are followed for nothing any more, and of the evaluation, open nothing.
create function waymark.destruction_ordered(of_evaluation smallint) returns void
language sql set search_path = pg_catalog
begin atomic
  update waymark.api_key set revoked_at = now()
  where (revoked_at is null or revoked_at > now())
    and (evaluation_id = of_evaluation or council_id in (select waymark.councils_without_purpose(of_evaluation)));
end;

-- Orders what is due today in London: a day that holds and was confirmed, of an evaluation that is closed. Returns every
-- erasure that has no certificate yet, so that one whose order outlived its workflow is carried out all the same.
create function waymark.order_due() returns setof integer
language plpgsql security definer set search_path = pg_catalog as $$
declare
  due record;
begin
  perform pg_advisory_xact_lock(hashtextextended('waymark.tombstone', 0));
  for due in
    select r.evaluation_id, r.destroy_on, r.reason, c."by"
    from waymark.retention r join waymark.retention_confirmation c using (retention_id) join waymark.evaluation e using (evaluation_id)
    where r.destroy_on <= (now() at time zone 'Europe/London')::date and e.stage = 'closed'
      and not exists (select from waymark.retention n where n.evaluation_id = r.evaluation_id and n.retention_id > r.retention_id)
      and not exists (select from waymark.erasure d where d.evaluation_id = r.evaluation_id)
    order by r.evaluation_id
  loop
    insert into waymark.erasure (scope, evaluation_id, reason, by)
    values ('evaluation', due.evaluation_id, left('Kept until ' || due.destroy_on || ': ' || due.reason, 500), due."by");
    perform waymark.destruction_ordered(due.evaluation_id);
  end loop;
  return query select e.erasure_id from waymark.erasure e
    where not exists (select from waymark.erasure_certificate d where d.erasure_id = e.erasure_id) order by 1;
end $$;

-- The tables of an evaluation that hold a row for each child. The log of a concealed allocation is evidence, and stays.
create function waymark.tables_by_child() returns table (name text, by_evaluation boolean)
language sql stable set search_path = pg_catalog
begin atomic
  select c.relname::text, bool_or(a.attname = 'evaluation_id')
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'waymark' and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped
    and c.relname <> 'allocation_log'
  group by c.relname
  having bool_or(a.attname in ('participant_key', 'child_key', 'index_child', 'unit'))
    and bool_or(a.attname in ('evaluation_id', 'participant_key'))
  order by c.relname = 'participant', c.relname;
end;

-- What a destruction would remove: numbers of rows, outcomes that the asker is blinded to among them.
create function waymark.would_go(of_evaluation smallint) returns table (store text, rows bigint)
language plpgsql stable security definer set search_path = pg_catalog as $$
declare
  held record;
begin
  for held in select * from waymark.tables_by_child() loop
    execute case when held.by_evaluation
      then format('select count(*) from waymark.%I where evaluation_id = $1', held.name)
      else format('select count(*) from waymark.%I t join waymark.participant p using (participant_key) where p.evaluation_id = $1',
        held.name) end into rows using of_evaluation;
    store := held.name;
    if rows > 0 then
      return next;
    end if;
  end loop;
end $$;

create function waymark.erase_evaluation(of_erasure integer) returns void
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
end $$;

-- Erases at most so many of the children an erasure was ordered for, wherever a table names one by its key: tables that
-- later migrations add are found by their columns. Returns how many children went; 0 when none is left.
create or replace function waymark.erase_some(of_erasure integer, most integer) returns integer
language plpgsql security definer set search_path = pg_catalog as $$
declare
  keys integer[];
  followed integer[];
  families uuid[];
  held record;
  gone bigint;
begin
  perform waymark.erase_evaluation(of_erasure);
  select array_agg(k.child_key) into keys from (
    select c.child_key from waymark.tombstone t join waymark.child c using (council_id)
    where t.erasure_id = of_erasure and (t.pseudonym is null or t.pseudonym = c.pseudonym)
    union
    select c.child_key from waymark.erasure e, waymark.councils_without_purpose(e.evaluation_id) as without(council_id)
    join waymark.child c using (council_id) where e.erasure_id = of_erasure and e.scope = 'evaluation'
    order by child_key limit most) k;
  if keys is null then
    return 0;
  end if;
  select coalesce(array_agg(p.participant_key), '{}') into followed from waymark.participant p where p.child_key = any (keys);
  select coalesce(array_agg(distinct f.family) filter (where f.family is not null), '{}') into families
  from waymark.child_fact f where f.child_key = any (keys);
  insert into waymark.erasure_wave (erasure_id, evaluation_id, wave)
  select distinct of_erasure, p.evaluation_id, p.wave from waymark.participant p where p.participant_key = any (followed)
  on conflict do nothing;

  delete from waymark.allocation a using waymark.child c
  where c.child_key = any (keys) and a.council_id = c.council_id and a.unit = c.pseudonym;
  get diagnostics gone = row_count;
  perform waymark.erasure_counted(of_erasure, 'allocation', gone);
  delete from waymark.opt_out o using waymark.child c
  where c.child_key = any (keys) and o.council_id = c.council_id and o.unit = c.pseudonym;
  get diagnostics gone = row_count;
  perform waymark.erasure_counted(of_erasure, 'opt_out', gone);
  update waymark.outbox o set child_keys = array(select k from unnest(o.child_keys) k where k <> all (keys))
  where o.child_keys && keys;
  get diagnostics gone = row_count;
  perform waymark.erasure_counted(of_erasure, 'outbox', gone);

  for held in
    select c.relname as name, a.attname as col, a.attname in ('participant_key', 'duplicate_of') as by_participant
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'waymark' and c.relkind in ('r', 'p') and not c.relispartition and not a.attisdropped
      and a.attname in ('participant_key', 'duplicate_of', 'child_key', 'stated_under', 'index_child', 'other_key', 'person_key')
      and c.relname not in ('child')
    -- What hangs on a participant goes before it.
    order by c.relname = 'participant', a.attname not in ('participant_key', 'duplicate_of'), c.relname, a.attname
  loop
    execute format('delete from waymark.%I where %I = any ($1)', held.name, held.col)
      using case when held.by_participant then followed else keys end;
    get diagnostics gone = row_count;
    perform waymark.erasure_counted(of_erasure, held.name, gone);
  end loop;

  -- A family of which no child is left goes with its last one.
  select coalesce(array_agg(f), '{}') into families from unnest(families) f
  where not exists (select from waymark.child_fact k where k.family = f)
    and not exists (select from waymark.participant p where p.cluster = f);
  delete from waymark.allocation a using waymark.erasure e
  where e.erasure_id = of_erasure and a.council_id = e.council_id and a.unit = any (families);
  get diagnostics gone = row_count;
  perform waymark.erasure_counted(of_erasure, 'allocation', gone);
  delete from waymark.opt_out o using waymark.erasure e
  where e.erasure_id = of_erasure and o.council_id = e.council_id and o.unit = any (families);
  get diagnostics gone = row_count;
  perform waymark.erasure_counted(of_erasure, 'opt_out', gone);

  delete from waymark.child where child_key = any (keys);
  perform waymark.erasure_counted(of_erasure, 'child', cardinality(keys));
  return cardinality(keys);
end $$;

-- Every table of the database in which a pseudonym of this erasure still stands, in whatever column and spelling, statistics
-- that hold one; the children of a withdrawn council that are left; and of a destroyed evaluation its rows by child and the
-- children of councils that nobody has a purpose for. Reads everything: the proof, not a query for every day.
create or replace function waymark.erasure_remains(of_erasure integer) returns table (store text, left_over bigint)
language plpgsql security definer set search_path = pg_catalog as $$
declare
  pattern text;
  named record;
  own smallint;
begin
  select string_agg(t.pseudonym::text || '|' || replace(t.pseudonym::text, '-', ''), '|') into pattern
  from waymark.tombstone t where t.erasure_id = of_erasure and t.pseudonym is not null;
  if pattern is not null then
    for named in
      select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('waymark', 'public') and c.relkind in ('r', 'p') and not c.relispartition order by 1, 2
    loop
      execute format('select count(*) from %I.%I t where t::text ~* $1', named.nspname, named.relname) into left_over using pattern;
      store := named.relname;
      if left_over > 0 then
        return next;
      end if;
    end loop;
    select count(*) into left_over from pg_stats s
    where s.schemaname = 'waymark' and s.tablename not in ('tombstone', 'allocation_log') and s::text ~* pattern;
    store := 'statistics';
    if left_over > 0 then
      return next;
    end if;
  end if;
  select count(*) into left_over from waymark.erasure e join waymark.child c using (council_id)
  where e.erasure_id = of_erasure and e.scope = 'council';
  store := 'children of the council';
  if left_over > 0 then
    return next;
  end if;
  select e.evaluation_id into own from waymark.erasure e where e.erasure_id = of_erasure and e.scope = 'evaluation';
  if own is null then
    return;
  end if;
  for named in select * from waymark.tables_by_child() t where t.by_evaluation loop
    execute format('select count(*) from waymark.%I where evaluation_id = $1', named.name) into left_over using own;
    store := named.name;
    if left_over > 0 then
      return next;
    end if;
  end loop;
  select count(*) into left_over from waymark.child c where c.council_id in (select waymark.councils_without_purpose(own));
  store := 'children of its councils';
  if left_over > 0 then
    return next;
  end if;
end $$;


revoke all on function waymark.second_person_confirms, waymark.councils_without_purpose, waymark.destruction_ordered, waymark.order_due,
  waymark.tables_by_child, waymark.would_go, waymark.erase_evaluation from public;
grant execute on function waymark.councils_without_purpose, waymark.would_go to waymark_operator;
grant execute on function waymark.order_due to waymark_operator, waymark_tracker;
grant insert on waymark.retention, waymark.retention_confirmation to waymark_operator;
