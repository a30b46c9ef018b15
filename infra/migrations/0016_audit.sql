-- The audit log: a chain of entries, each hashed with the hash before it. It can be added to through one function, by
-- anybody who works here, and changed by nobody. No entry names a child or a family.

-- entry: JSON as it was hashed. hash: SHA-256, hexadecimal, of the hash before (64 zeros before the first), a line feed and `entry`.
create table waymark.audit_entry (
  seq   bigint primary key check (seq > 0),
  entry text not null check (length(entry) <= 20000),
  hash  text not null check (hash ~ '^[0-9a-f]{64}$')
);
create trigger audit_entry_stays before update or delete on waymark.audit_entry
  for each row execute function waymark.refuse_rewriting();
create trigger audit_entry_stays_whole before truncate on waymark.audit_entry
  for each statement execute function waymark.refuse_rewriting();

-- Where the chain ends: its last rows cannot go without this saying so. Whoever keeps the head elsewhere needs not trust it.
create table waymark.audit_head (
  one  boolean primary key default true check (one),
  seq  bigint not null,
  hash text not null
);
insert into waymark.audit_head (seq, hash) values (0, repeat('0', 64));

-- What a transaction will have added when it ends. The chain is locked only then, behind every other lock, so that two
-- transactions never wait for each other.
create table waymark.audit_pending (
  pending_id bigint generated always as identity primary key,
  entry      jsonb not null
);

create function waymark.audit_append() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
declare
  head waymark.audit_head;
  line text;
  sum text;
begin
  select * into strict head from waymark.audit_head for update;
  line := (new.entry || jsonb_build_object(
    'seq', head.seq + 1,
    'at', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')))::text;
  sum := encode(sha256(convert_to(head.hash || E'\n' || line, 'UTF8')), 'hex');
  insert into waymark.audit_entry (seq, entry, hash) values (head.seq + 1, line, sum);
  update waymark.audit_head set seq = head.seq + 1, hash = sum;
  delete from waymark.audit_pending p where p.pending_id = new.pending_id;
  return null;
end $$;
create constraint trigger audit_appends after insert on waymark.audit_pending
  deferrable initially deferred for each row execute function waymark.audit_append();

-- Adds an entry when the transaction ends. kind: read, refused, change, release, allocation, key-use or sign-in. what: numbers, codes
-- and names of things. by: who; without it the transaction's `waymark.actor`, else the login. acting: the role acted in.
create function waymark.audit(kind text, what jsonb, by text default null, acting text default null) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
  if kind not in ('read', 'refused', 'change', 'release', 'allocation', 'key-use', 'sign-in') then
    raise exception 'the audit log has no kind %', kind;
  end if;
  insert into waymark.audit_pending (entry) values (jsonb_build_object(
    'kind', kind, 'what', what, 'as', acting,
    'by', left(coalesce(by, nullif(current_setting('waymark.actor', true), ''), session_user), 200),
    'process', coalesce(nullif(current_setting('role', true), 'none'), session_user)));
end $$;

-- Changes to these tables enter the log by themselves, whoever makes them and however. Named: the columns that an entry tells.
create function waymark.audit_change() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
declare
  total bigint;
  told jsonb;
begin
  if tg_op = 'DELETE' then
    select count(*) into total from gone;
    select jsonb_agg(t.told) into told from (
      select (select jsonb_object_agg(e.key, e.value) from jsonb_each(to_jsonb(g)) e where e.key = any (tg_argv[1:])) as told
      from gone g limit 20) t;
  else
    select count(*) into total from come;
    select jsonb_agg(t.told) into told from (
      select (select jsonb_object_agg(e.key, e.value) from jsonb_each(to_jsonb(c)) e where e.key = any (tg_argv[1:])) as told
      from come c limit 20) t;
  end if;
  if total > 0 then
    perform waymark.audit(tg_argv[0], jsonb_build_object(
      'table', tg_table_name, 'operation', lower(tg_op), 'rows', total, 'told', told));
  end if;
  return null;
end $$;

do $$
declare
  watched record;
  operation text;
  refers text;
begin
  for watched in select * from (values
    ('council', 'change', '{council_id,code}'),
    ('api_key', 'change', '{key_hash,role,council_id,evaluation_id,revoked_at}'),
    ('person', 'change', '{person_id,bound_at}'),
    ('access_grant', 'change', '{grant_id,person_id,role,evaluation_id,council_id,granted_by,revoked_by}'),
    ('evaluation', 'change', '{evaluation_id,slug,stage,paused,unblinded,protocol_hash}'),
    ('evaluation_council', 'change', '{evaluation_id,council_id}'),
    ('lifecycle_entry', 'change', '{evaluation_id,seq,hash}'),
    ('signer', 'change', '{signer_id}'),
    ('opt_out', 'change', '{evaluation_id,council_id}'),
    ('allocation', 'allocation', '{evaluation_id,council_id}'),
    ('allocated_council', 'allocation', '{evaluation_id,council_id}'),
    ('allocation_trial', 'allocation', '{evaluation_id,commitment,opened_at,revealed_at}'),
    ('allocation_log', 'allocation', '{evaluation_id,sequence,council_id,hash}'),
    ('release', 'release', '{release_id,evaluation_id,audience}'),
    ('release_step', 'release', '{release_id,seq,step,by}')
  ) as w(name, kind, columns) loop
    foreach operation in array array['insert', 'update', 'delete'] loop
      refers := case operation when 'delete' then 'old table as gone' else 'new table as come' end;
      execute format(
        'create trigger %I after %s on waymark.%I referencing %s for each statement execute function waymark.audit_change(%s)',
        'audited_' || operation, operation, watched.name, refers,
        (select string_agg(quote_literal(word), ', ') from unnest(array[watched.kind] || watched.columns::text[]) as word));
    end loop;
  end loop;
end $$;

revoke all on function waymark.audit, waymark.audit_append, waymark.audit_change from public;
grant execute on function waymark.audit
  to waymark_gateway, waymark_ingest, waymark_tracker, waymark_portal, waymark_allocation, waymark_operator;
