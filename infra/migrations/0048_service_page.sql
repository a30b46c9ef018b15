-- What the operator's page tells besides counts: how each process stands, by its own words, and the audit log page by page.
-- A process tells the store, so that the portal needs no way to Kafka or Temporal.

-- missing: parts it needs that do not answer, [{part, reason}]. figures: what it alone can see, by name, such as a lag.
create table waymark.process_report (
  process    text not null,
  instance   text not null check (length(instance) <= 200),
  version    text not null check (length(version) <= 100),
  started_at timestamptz not null default now(),
  heard_at   timestamptz not null default now(),
  missing    jsonb not null check (length(missing::text) <= 10000),
  figures    jsonb not null check (length(figures::text) <= 10000),
  primary key (process, instance)
);

-- How the calling process stands; its role says which it is. One that has not been heard of for a day is forgotten.
create function waymark.report_process(instance text, version text, missing jsonb, figures jsonb) returns void
language plpgsql security definer set search_path = pg_catalog as $$
declare
  process text := regexp_replace(coalesce(nullif(current_setting('role', true), 'none'), session_user), '^waymark_', '');
begin
  insert into waymark.process_report as r (process, instance, version, missing, figures)
  values (process, report_process.instance, report_process.version, report_process.missing, report_process.figures)
  on conflict on constraint process_report_pkey do update
    set heard_at = now(), version = excluded.version, missing = excluded.missing, figures = excluded.figures;
  delete from waymark.process_report r where r.heard_at < now() - interval '1 day';
end $$;

-- The calling process ends as it should: nobody need wonder where it is.
create function waymark.process_ended(instance text) returns void
language sql security definer set search_path = pg_catalog
begin atomic
  delete from waymark.process_report r
  where r.process = regexp_replace(coalesce(nullif(current_setting('role', true), 'none'), session_user), '^waymark_', '')
    and r.instance = process_ended.instance;
end;

create function waymark.process_states() returns jsonb
language sql stable security definer set search_path = pg_catalog
begin atomic
  select coalesce(jsonb_agg(jsonb_build_object('process', r.process, 'instance', r.instance, 'version', r.version,
    'startedAt', r.started_at, 'heardAt', r.heard_at, 'missing', r.missing, 'figures', r.figures)
    order by r.process, r.started_at desc), '[]')
  from waymark.process_report r
  where exists (select from waymark.held_by_reader() h where h.role = 'operator');
end;

-- Rows of the log for an operator, newest first, before an entry, or oldest first, after one. Nothing for anybody else.
create function waymark.audit_before(before bigint, most integer) returns table (seq bigint, entry text, hash text)
language sql stable security definer set search_path = pg_catalog
begin atomic
  select a.seq, a.entry, a.hash from waymark.audit_entry a
  where a.seq < audit_before.before and exists (select from waymark.held_by_reader() h where h.role = 'operator')
  order by a.seq desc limit least(audit_before.most, 1000);
end;
create function waymark.audit_after(after bigint, most integer) returns table (seq bigint, entry text, hash text)
language sql stable security definer set search_path = pg_catalog
begin atomic
  select a.seq, a.entry, a.hash from waymark.audit_entry a
  where a.seq > audit_after.after and exists (select from waymark.held_by_reader() h where h.role = 'operator')
  order by a.seq limit least(audit_after.most, 5000);
end;
create function waymark.audit_end() returns table (seq bigint, hash text)
language sql stable security definer set search_path = pg_catalog
begin atomic
  select a.seq, a.hash from waymark.audit_head a
  where exists (select from waymark.held_by_reader() h where h.role = 'operator');
end;

revoke execute on function waymark.report_process, waymark.process_ended, waymark.process_states, waymark.audit_before,
  waymark.audit_after, waymark.audit_end from public;
grant execute on function waymark.report_process, waymark.process_ended
  to waymark_gateway, waymark_ingest, waymark_tracker, waymark_portal, waymark_allocation;
grant execute on function waymark.process_states, waymark.audit_before, waymark.audit_after, waymark.audit_end to waymark_portal;
