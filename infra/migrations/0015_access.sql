-- People who sign in, what they have been granted, and rows that the portal sees only for the reader it names.

-- A person is known by the issuer's `sub`. Before the first sign-in by what an administrator knows: a verified e-mail address,
-- or the `sub` alone; the first sign-in binds the row to one account, and no other account with that address gets in.
create table waymark.person (
  person_id  integer generated always as identity primary key,
  email      text unique check (email = lower(email) and email like '_%@_%'),
  issuer     text,
  subject    text,
  name       text not null check (length(name) between 1 and 200),
  created_at timestamptz not null default now(),
  bound_at   timestamptz,
  unique (issuer, subject),
  check (email is not null or subject is not null),
  check ((issuer is null) = (bound_at is null)),
  check (issuer is null or subject is not null)
);
create unique index person_awaited on waymark.person (subject) where issuer is null;

-- evaluation_id null: every evaluation, for a role that works on evaluations; such a role is never bound to a council.
create table waymark.access_grant (
  grant_id      integer generated always as identity primary key,
  person_id     integer not null references waymark.person,
  role          text not null
    check (role in ('council', 'researcher', 'evaluator', 'output-checker', 'operator', 'administrator')),
  evaluation_id smallint references waymark.evaluation,
  council_id    smallint references waymark.council,
  granted_by    text not null check (length(granted_by) between 1 and 200),
  granted_at    timestamptz not null default now(),
  revoked_by    text check (length(revoked_by) between 1 and 200),
  revoked_at    timestamptz,
  check ((role = 'council') = (council_id is not null)),
  check (role in ('researcher', 'evaluator', 'output-checker') or evaluation_id is null),
  check ((revoked_by is null) = (revoked_at is null))
);
create unique index access_grant_stands on waymark.access_grant
  (person_id, role, coalesce(evaluation_id, 0), coalesce(council_id, 0)) where revoked_at is null;

-- A machine's key may be bound to one evaluation.
alter table waymark.api_key drop constraint api_key_role;
alter table waymark.api_key
  add column evaluation_id smallint references waymark.evaluation,
  add constraint api_key_role check
    (role in ('council', 'allocator', 'researcher', 'evaluator', 'output-checker', 'operator', 'administrator')),
  add constraint api_key_evaluation check
    (role in ('researcher', 'evaluator', 'output-checker') or evaluation_id is null);

-- Who holds a key that stands.
create function waymark.key_holder(of_hash bytea) returns table (label text, role text, council text)
language sql stable security definer set search_path = pg_catalog
begin atomic
  select k.label, k.role, c.code from waymark.api_key k left join waymark.council c using (council_id)
  where k.key_hash = of_hash and (k.revoked_at is null or k.revoked_at > now());
end;

-- Whom an account of the issuer belongs to, or null. `email` is given only when the issuer says that it has verified it.
create function waymark.signed_in(of_issuer text, of_subject text, of_email text)
returns table (person_id integer, name text)
language plpgsql security definer set search_path = pg_catalog as $$
begin
  if not exists (select from waymark.person p where p.issuer = of_issuer and p.subject = of_subject) then
    update waymark.person p set issuer = of_issuer, subject = of_subject, bound_at = now()
    where p.person_id = (
      select w.person_id from waymark.person w
      where w.issuer is null and (w.subject = of_subject or (w.subject is null and w.email = lower(of_email)))
      order by w.subject is null limit 1 for update);
  end if;
  return query select p.person_id, p.name from waymark.person p where p.issuer = of_issuer and p.subject = of_subject;
end $$;

-- What a person may act as at this moment.
create function waymark.standing_roles(of_person integer) returns table (role text, council text)
language sql stable security definer set search_path = pg_catalog
begin atomic
  select distinct g.role, c.code from waymark.access_grant g left join waymark.council c using (council_id)
  where g.person_id = of_person and g.revoked_at is null;
end;

-- The reader of this transaction: `waymark.reader` is `person:<id>` or `key:<sha256>`, `waymark.reader_role` the role that
-- is acted in. Whoever is not named, or holds no standing grant or key in that role, reads nothing.
create function waymark.held_by_reader() returns table (role text, evaluation_id smallint, council_id smallint)
language sql stable security definer set search_path = pg_catalog
begin atomic
  select g.role, g.evaluation_id, g.council_id from waymark.access_grant g
  where g.person_id = substring(current_setting('waymark.reader', true) from '^person:([0-9]{1,9})$')::integer
    and g.role = current_setting('waymark.reader_role', true) and g.revoked_at is null
  union all
  select k.role, k.evaluation_id, k.council_id from waymark.api_key k
  where k.key_hash = decode(substring(current_setting('waymark.reader', true) from '^key:([0-9a-f]{64})$'), 'hex')
    and k.role = current_setting('waymark.reader_role', true) and (k.revoked_at is null or k.revoked_at > now());
end;

create function waymark.readable_evaluations() returns smallint[]
language sql stable security definer set search_path = pg_catalog
begin atomic
  select coalesce(array_agg(distinct e.evaluation_id), '{}')
  from waymark.held_by_reader() h
  join waymark.evaluation e on h.evaluation_id is null or e.evaluation_id = h.evaluation_id
  where h.role in ('researcher', 'evaluator', 'output-checker', 'operator');
end;

-- A council's people see their council; those of evaluations the councils that take part; those who run the service all.
create function waymark.readable_councils() returns smallint[]
language sql stable security definer set search_path = pg_catalog
begin atomic
  select coalesce(array_agg(c.council_id), '{}') from waymark.council c
  where c.council_id in (select h.council_id from waymark.held_by_reader() h where h.role = 'council')
    or exists (select from waymark.held_by_reader() h where h.role in ('operator', 'administrator'))
    or c.council_id in (
      select ec.council_id from waymark.evaluation_council ec
      where ec.evaluation_id = any (waymark.readable_evaluations()));
end;

-- What was published for everybody is there for everybody.
create function waymark.public_releases() returns integer[]
language sql stable security definer set search_path = pg_catalog
begin atomic
  select coalesce(array_agg(r.release_id), '{}') from waymark.release r
  where r.audience = 'public'
    and exists (select from waymark.release_step s where s.release_id = r.release_id and s.step = 'published');
end;

revoke all on function waymark.key_holder, waymark.signed_in, waymark.standing_roles from public;
grant execute on function waymark.signed_in, waymark.standing_roles to waymark_portal;
grant execute on function waymark.key_holder to waymark_gateway, waymark_portal, waymark_allocation, waymark_operator;
-- The portal asks whose a key is; it lists none.
revoke select on waymark.api_key from waymark_portal;

-- Everybody else's rights stay what was granted; what the portal reads is cut down to its reader. Outcomes are found through
-- participants (0005), so they are cut down with them. A table that comes later needs its policy: a test looks for it.
do $$
declare
  cut text[];
begin
  foreach cut slice 1 in array array[
    ['evaluation', 'evaluation_id = any ((select waymark.readable_evaluations())::smallint[])'],
    ['evaluation_council', 'evaluation_id = any ((select waymark.readable_evaluations())::smallint[])'],
    ['screening', 'evaluation_id = any ((select waymark.readable_evaluations())::smallint[])'],
    ['participant', 'evaluation_id = any ((select waymark.readable_evaluations())::smallint[])'],
    ['milestone', 'evaluation_id = any ((select waymark.readable_evaluations())::smallint[])'],
    ['candidate', 'evaluation_id = any ((select waymark.readable_evaluations())::smallint[])'],
    ['cohort_change', 'evaluation_id = any ((select waymark.readable_evaluations())::smallint[])'],
    ['lifecycle_entry', 'evaluation_id = any ((select waymark.readable_evaluations())::smallint[])'],
    ['released_panel', 'evaluation_id = any ((select waymark.readable_evaluations())::smallint[])'],
    ['held_panel', 'evaluation_id = any ((select waymark.readable_evaluations())::smallint[])'],
    ['release', 'evaluation_id = any ((select waymark.readable_evaluations())::smallint[])
      or release_id = any ((select waymark.public_releases())::integer[])'],
    ['release_step', 'release_id in (select r.release_id from waymark.release r)'],
    ['council', 'council_id = any ((select waymark.readable_councils())::smallint[])'],
    ['feed_heard', 'council_id = any ((select waymark.readable_councils())::smallint[])'],
    ['declared_gap', 'council_id = any ((select waymark.readable_councils())::smallint[])'],
    ['refused_line', 'council_id = any ((select waymark.readable_councils())::smallint[])'],
    ['quarantine', 'council in (select c.code from waymark.council c)'],
    ['alert', 'subject in (select c.code from waymark.council c)
      or split_part(subject, ''/'', 1) in (select e.slug from waymark.evaluation e)']
  ] loop
    execute format('alter table waymark.%I enable row level security', cut[1]);
    execute format('create policy rights_as_granted on waymark.%I using (true) with check (true)', cut[1]);
    execute format('create policy of_the_reader on waymark.%I as restrictive to waymark_portal using (%s)', cut[1], cut[2]);
  end loop;
end $$;

-- A view reads as its owner, whom no policy holds: what the portal sees through one is cut down here.
create or replace view waymark.complete_through as
select council_id, kind, min(complete_through) as complete_through
from waymark.feed_mark
where current_user <> 'waymark_portal' or council_id = any ((select waymark.readable_councils())::smallint[])
group by council_id, kind
having count(*) >= (select coalesce(max(partitions), 1) from waymark.stream);

create or replace view waymark.unblinded_draft with (security_barrier) as
select m.evaluation_id, m.wave, m.horizon, m.draft
from waymark.milestone m join waymark.evaluation e using (evaluation_id)
where e.unblinded
  and (current_user <> 'waymark_portal' or e.evaluation_id = any ((select waymark.readable_evaluations())::smallint[]));

create or replace view waymark.pooled_outcome with (security_barrier) as
select p.evaluation_id, o.outcome, o.horizon, count(*) filter (where o.state <> 4) as at_risk,
  count(*) filter (where o.state = 1) as events
from waymark.outcome o join waymark.participant p using (participant_key)
where current_user <> 'waymark_portal' or p.evaluation_id = any ((select waymark.readable_evaluations())::smallint[])
group by p.evaluation_id, o.outcome, o.horizon;

grant insert on waymark.person, waymark.access_grant to waymark_operator;
grant update (name, issuer, subject, bound_at) on waymark.person to waymark_operator;
grant update (revoked_by, revoked_at) on waymark.access_grant to waymark_operator;
