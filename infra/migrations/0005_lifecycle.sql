-- The life of an evaluation: who signs, and a chain of entries that can be added to and never changed.

create table waymark.signer (
  signer_id     text primary key check (signer_id ~ '^[a-z][a-z0-9-]{1,62}[a-z0-9]$'),
  name          text not null unique,
  -- Ed25519, raw 32 bytes. One key is one person's.
  public_key    bytea not null unique check (length(public_key) = 32),
  -- Made for a demonstration: nobody stands behind it.
  simulated     boolean not null default false,
  registered_at timestamptz not null default now()
);

-- What the chain comes to is kept beside it for queries; `waymark evaluation verify` folds the chain and compares.
alter table waymark.evaluation
  add column stage text not null default 'draft' check
    (stage in ('draft', 'registered', 'locked', 'recruiting', 'following', 'analysed', 'released', 'closed')),
  add column paused boolean not null default false,
  add column unblinded boolean not null default false;

-- hash: SHA-256 of the entry as canonical JSON; the entry names the hash before it.
create table waymark.lifecycle_entry (
  evaluation_id smallint not null references waymark.evaluation,
  seq           integer not null check (seq > 0),
  entry         jsonb not null,
  hash          text not null,
  primary key (evaluation_id, seq)
);

create function waymark.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the chain of an evaluation''s life is only ever added to';
end $$;

create trigger lifecycle_entry_stays before update or delete on waymark.lifecycle_entry
  for each row execute function waymark.refuse_change();
create trigger lifecycle_stays before truncate on waymark.lifecycle_entry
  for each statement execute function waymark.refuse_change();

-- Blinding. Outcomes can be joined to arms, so before the unblinding their rows are there for the tracker alone, which computes
-- them. Whoever is granted these tables later is blinded too: the policy below is everybody's.
alter table waymark.outcome enable row level security;
alter table waymark.frozen_outcome enable row level security;

create policy computes on waymark.outcome to waymark_tracker using (true) with check (true);
create policy computes on waymark.frozen_outcome to waymark_tracker using (true) with check (true);

create policy unblinded on waymark.outcome for select using (participant_key in (
  select p.participant_key from waymark.participant p join waymark.evaluation e using (evaluation_id) where e.unblinded));
create policy unblinded on waymark.frozen_outcome for select using (evaluation_id in (
  select e.evaluation_id from waymark.evaluation e where e.unblinded));

-- A draft holds counts by arm; the rest of a milestone is its dates.
alter table waymark.milestone add column drafted boolean generated always as (draft is not null) stored;
revoke select on waymark.milestone from waymark_portal, waymark_operator;
grant select (evaluation_id, wave, horizon, participants, outcome_hash, frozen_at, drafted) on waymark.milestone
  to waymark_portal, waymark_operator;
create view waymark.unblinded_draft with (security_barrier) as
select m.evaluation_id, m.wave, m.horizon, m.draft
from waymark.milestone m join waymark.evaluation e using (evaluation_id) where e.unblinded;
grant select on waymark.unblinded_draft to waymark_portal, waymark_operator;

-- What everyone may see: how many children of both arms together have had the event, for feasibility.
create view waymark.pooled_outcome with (security_barrier) as
select p.evaluation_id, o.outcome, o.horizon, count(*) filter (where o.state <> 4) as at_risk,
  count(*) filter (where o.state = 1) as events
from waymark.outcome o join waymark.participant p using (participant_key)
group by p.evaluation_id, o.outcome, o.horizon;
grant select on waymark.pooled_outcome to waymark_portal, waymark_operator;

-- Another protocol has other outcomes: they are computed again, by the tracker.
create function waymark.forget_outcomes(of_evaluation smallint) returns void
language sql security definer set search_path = pg_catalog
begin atomic
  delete from waymark.outcome o using waymark.participant p
  where p.participant_key = o.participant_key and p.evaluation_id = of_evaluation;
end;
revoke all on function waymark.forget_outcomes from public;
grant execute on function waymark.forget_outcomes to waymark_operator;

grant select on waymark.lifecycle_entry to waymark_tracker, waymark_portal, waymark_operator;
grant select on waymark.signer to waymark_operator;
grant insert on waymark.lifecycle_entry, waymark.signer to waymark_operator;
grant update (protocol, protocol_hash, data_source, stage, paused, unblinded) on waymark.evaluation to waymark_operator;
grant delete on waymark.evaluation_council to waymark_operator;
