-- What a council can read of its own account: what it sent by month, which evaluations its children are in, and its own keys.

-- Events new to the ledger, by the London month in which they were stored, and those of them that took a record back. `slot`
-- tells writers apart, so that they do not wait for each other.
create table waymark.sent_month (
  council_id smallint not null references waymark.council,
  month      date not null check (extract(day from month) = 1),
  kind       smallint not null,
  slot       smallint not null,
  stored     bigint not null,
  purged     bigint not null,
  primary key (council_id, month, kind, slot),
  check (stored >= purged)
);

-- The ledger counts by itself, whoever adds to it: processes of the release before count too.
create function waymark.count_sent() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
  insert into waymark.sent_month as s (council_id, month, kind, slot, stored, purged)
  select c.council_id, date_trunc('month', e.ledgered_at at time zone 'Europe/London')::date, e.kind, pg_backend_pid() % 16,
    count(*), count(*) filter (where e.purged)
  from come e join waymark.child c using (child_key)
  group by 1, 2, 3 order by 1, 2, 3
  on conflict (council_id, month, kind, slot) do update
    set stored = s.stored + excluded.stored, purged = s.purged + excluded.purged;
  return null;
end $$;
revoke all on function waymark.count_sent from public;

create trigger counts_sent after insert on waymark.case_event
  referencing new table as come for each statement execute function waymark.count_sent();

-- No event is stored between the trigger and this: the trigger's lock holds until both stand.
insert into waymark.sent_month (council_id, month, kind, slot, stored, purged)
select c.council_id, date_trunc('month', e.ledgered_at at time zone 'Europe/London')::date, e.kind, 0,
  count(*), count(*) filter (where e.purged)
from waymark.case_event e join waymark.child c using (child_key)
group by 1, 2, 3;

-- When a key was last used, to the hour.
create table waymark.key_use (
  key_hash bytea primary key references waymark.api_key,
  used_at  timestamptz not null
);
insert into waymark.key_use (key_hash, used_at)
select k.key_hash, max((a.entry::jsonb ->> 'at')::timestamptz)
from waymark.audit_entry a join waymark.api_key k on a.entry::jsonb ->> 'by' = 'key:' || encode(k.key_hash, 'hex')
where a.entry::jsonb ->> 'kind' = 'key-use' group by 1;

create function waymark.key_used(of_hash bytea) returns void
language sql security definer set search_path = pg_catalog
begin atomic
  insert into waymark.key_use (key_hash, used_at)
  select k.key_hash, now() from waymark.api_key k where k.key_hash = of_hash
  on conflict (key_hash) do update set used_at = excluded.used_at;
end;
revoke all on function waymark.key_used from public;
grant execute on function waymark.key_used to waymark_gateway, waymark_portal, waymark_allocation;

-- The evaluations a council takes part in, with the number of its children in each: none of 1 to the threshold - 1, no arm, no outcome.
create function waymark.contributions_of(of_council smallint)
returns table (slug text, title text, data_source text, stage text, paused boolean, last_day date, horizons jsonb, threshold integer,
  participants bigint)
language sql stable security definer set search_path = pg_catalog
begin atomic
  select e.slug, e.protocol ->> 'title', e.data_source, e.stage, e.paused, (e.protocol -> 'population' ->> 'to')::date,
    e.protocol -> 'horizons', (e.protocol -> 'disclosure' ->> 'threshold')::integer,
    case when p.children = 0 or p.children >= (e.protocol -> 'disclosure' ->> 'threshold')::integer then p.children end
  from waymark.evaluation_council ec join waymark.evaluation e using (evaluation_id)
  cross join lateral (select count(*) as children from waymark.participant t
    where t.evaluation_id = e.evaluation_id and t.council_id = ec.council_id) p
  where ec.council_id = of_council and e.stage <> 'draft' and exists (select from waymark.held_by_reader() h
    where h.role = 'operator' or (h.role = 'council' and h.council_id = of_council))
  order by e.slug;
end;
revoke all on function waymark.contributions_of from public;
grant execute on function waymark.contributions_of to waymark_portal;

grant select on waymark.sent_month to waymark_portal;
alter table waymark.sent_month enable row level security;
create policy rights_as_granted on waymark.sent_month using (true) with check (true);
create policy of_the_reader on waymark.sent_month as restrictive to waymark_portal using (
  council_id = any ((select waymark.readable_councils())::smallint[])
  and current_setting('waymark.reader_role', true) in ('council', 'operator'));

-- A council's people list, replace and stop their council's own sending keys. A key that signs in may look and change nothing.
grant select on waymark.api_key, waymark.key_use to waymark_portal;
grant insert (key_hash, label, role, council_id, evaluation_id) on waymark.api_key to waymark_portal;
grant update (revoked_at) on waymark.api_key to waymark_portal;
alter table waymark.api_key enable row level security;
create policy rights_as_granted on waymark.api_key using (true) with check (true);
create policy of_the_reader on waymark.api_key as restrictive to waymark_portal using (
    role = 'council' and council_id in (select h.council_id from waymark.held_by_reader() h where h.role = 'council'))
  with check (role = 'council' and council_id in (select h.council_id from waymark.held_by_reader() h where h.role = 'council')
    and current_setting('waymark.reader', true) like 'person:%');
alter table waymark.key_use enable row level security;
create policy rights_as_granted on waymark.key_use using (true) with check (true);
create policy of_the_reader on waymark.key_use as restrictive to waymark_portal using (
  key_hash in (select k.key_hash from waymark.api_key k));
