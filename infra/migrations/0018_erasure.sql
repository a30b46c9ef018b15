-- Erasure: what a child, or a whole council, withdraws is removed wherever its key stands, and a tombstone keeps it from
-- coming back. The ledger stays append-only for every process: only the functions below remove, and only what was ordered.

do $$
begin
  if not exists (select from pg_roles where rolname = 'waymark_erasure') then
    begin
      create role waymark_erasure nologin;
    exception
      when duplicate_object or unique_violation then null; -- Another database of the cluster was quicker.
      when insufficient_privilege then
        raise insufficient_privilege using message = format(
          'the role waymark_erasure is missing and %s may not create it: give that login CREATEROLE, or have an '
          'administrator create it and grant it to that login', current_user);
    end;
  end if;
  if not pg_has_role(current_user, 'waymark_erasure', 'SET') then
    begin
      execute format('grant waymark_erasure to %I with inherit false, set true', current_user);
    exception when insufficient_privilege then
      raise notice '% may not act as waymark_erasure: an administrator must grant it', current_user;
    end;
  end if;
end $$;

create table waymark.erasure (
  erasure_id integer generated always as identity primary key,
  scope      text not null check (scope in ('child', 'council')),
  council_id smallint not null references waymark.council,
  reason     text not null check (length(reason) between 5 and 500),
  by         text not null check (length(by) between 1 and 120),
  ordered_at timestamptz not null default now()
);

-- Whose records are taken no more. pseudonym null: nobody's of that council.
create table waymark.tombstone (
  council_id smallint not null references waymark.council,
  pseudonym  uuid,
  erasure_id integer not null references waymark.erasure,
  unique nulls not distinct (council_id, pseudonym)
);
create index on waymark.tombstone (erasure_id);

-- Rows removed, by the table that held them.
create table waymark.erasure_count (
  erasure_id integer not null references waymark.erasure,
  store      text not null,
  rows       bigint not null,
  primary key (erasure_id, store)
);

-- Waves that lost a participant.
create table waymark.erasure_wave (
  erasure_id    integer not null references waymark.erasure,
  evaluation_id smallint not null references waymark.evaluation,
  wave          date not null,
  primary key (erasure_id, evaluation_id, wave)
);

-- certificate: JSON as it was hashed. hash: its SHA-256, hexadecimal.
create table waymark.erasure_certificate (
  erasure_id  integer primary key references waymark.erasure,
  certificate text not null,
  hash        text not null check (hash ~ '^[0-9a-f]{64}$'),
  issued_at   timestamptz not null default now()
);
do $$
declare
  kept text;
begin
  foreach kept in array array['erasure', 'tombstone', 'erasure_certificate'] loop
    execute format('create trigger %I before update or delete on waymark.%I
      for each row execute function waymark.refuse_rewriting()', kept || '_stays', kept);
    execute format('create trigger %I before truncate on waymark.%I
      for each statement execute function waymark.refuse_rewriting()', kept || '_stays_whole', kept);
  end loop;
end $$;

-- Orders an erasure. Ingest reads the tombstones under the same lock, so nothing of the child is stored from here on. A child
-- of several pseudonyms goes with all of them. of_pseudonym null: the whole council.
create function waymark.order_erasure(of_council smallint, of_pseudonym uuid, why text, who text) returns integer
language plpgsql security definer set search_path = pg_catalog as $$
declare
  made integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('waymark.tombstone', 0));
  insert into waymark.erasure (scope, council_id, reason, by)
  values (case when of_pseudonym is null then 'council' else 'child' end, of_council, why, who) returning erasure_id into made;
  insert into waymark.tombstone (council_id, pseudonym, erasure_id) values (of_council, of_pseudonym, made)
  on conflict do nothing;
  if of_pseudonym is not null and to_regclass('waymark.person_member') is not null then
    execute '
      insert into waymark.tombstone (council_id, pseudonym, erasure_id)
      select other.council_id, other.pseudonym, $3
      from waymark.child named join waymark.person_member m using (child_key)
      join waymark.person_member n using (person_key) join waymark.child other on other.child_key = n.child_key
      where named.council_id = $1 and named.pseudonym = $2
      on conflict do nothing' using of_council, of_pseudonym, made;
  end if;
  if of_pseudonym is null then
    update waymark.api_key set revoked_at = now() where council_id = of_council and (revoked_at is null or revoked_at > now());
  end if;
  return made;
end $$;

create function waymark.erasure_counted(of_erasure integer, of_store text, of_rows bigint) returns void
language sql set search_path = pg_catalog
begin atomic
  insert into waymark.erasure_count as c (erasure_id, store, rows)
  select of_erasure, of_store, of_rows where of_rows > 0
  on conflict (erasure_id, store) do update set rows = c.rows + excluded.rows;
end;

-- Erases at most so many of the children an erasure was ordered for, wherever a table names one by its key: tables that
-- later migrations add are found by their columns. Returns how many children went; 0 when none is left.
create function waymark.erase_some(of_erasure integer, most integer) returns integer
language plpgsql security definer set search_path = pg_catalog as $$
declare
  keys integer[];
  followed integer[];
  families uuid[];
  held record;
  gone bigint;
begin
  select array_agg(k.child_key) into keys from (
    select c.child_key from waymark.tombstone t join waymark.child c using (council_id)
    where t.erasure_id = of_erasure and (t.pseudonym is null or t.pseudonym = c.pseudonym)
    order by c.child_key limit most) k;
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

-- What a withdrawn council sent that could not be used.
create function waymark.erase_refused(of_erasure integer) returns void
language plpgsql security definer set search_path = pg_catalog as $$
declare
  gone bigint;
begin
  delete from waymark.quarantine q using waymark.erasure e join waymark.council c using (council_id)
  where e.erasure_id = of_erasure and e.scope = 'council' and q.council = c.code;
  get diagnostics gone = row_count;
  perform waymark.erasure_counted(of_erasure, 'quarantine', gone);
  delete from waymark.refused_line r using waymark.erasure e
  where e.erasure_id = of_erasure and e.scope = 'council' and r.council_id = e.council_id;
  get diagnostics gone = row_count;
  perform waymark.erasure_counted(of_erasure, 'refused_line', gone);
end $$;

-- Every table of the database in which a pseudonym of this erasure still stands, in whatever column and spelling, and the
-- children of a withdrawn council that are left. Reads everything: the proof, not a query for every day.
create function waymark.erasure_remains(of_erasure integer) returns table (store text, left_over bigint)
language plpgsql security definer set search_path = pg_catalog as $$
declare
  pattern text;
  named record;
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
  end if;
  select count(*) into left_over from waymark.erasure e join waymark.child c using (council_id)
  where e.erasure_id = of_erasure and e.scope = 'council';
  store := 'children of the council';
  if left_over > 0 then
    return next;
  end if;
end $$;

revoke all on function waymark.order_erasure, waymark.erasure_counted, waymark.erase_some, waymark.erase_refused,
  waymark.erasure_remains from public;
-- Whoever orders an erasure does not carry it out, and the role that carries it out can do nothing else.
grant execute on function waymark.order_erasure to waymark_operator;
grant usage on schema waymark, public to waymark_erasure;
grant execute on function waymark.erase_some, waymark.erase_refused, waymark.erasure_remains to waymark_erasure;
grant select on waymark.erasure, waymark.tombstone, waymark.erasure_count, waymark.erasure_wave,
  waymark.erasure_certificate, waymark.council, waymark.evaluation, waymark.milestone to waymark_erasure;
grant select (release_id, evaluation_id, audience, title) on waymark.release to waymark_erasure;
grant select on waymark.release_step to waymark_erasure;
grant insert on waymark.erasure_certificate to waymark_erasure;
grant select on public.waymark_migration to waymark_erasure;
grant select on waymark.tombstone to waymark_ingest;
grant select on waymark.erasure_wave to waymark_tracker;
