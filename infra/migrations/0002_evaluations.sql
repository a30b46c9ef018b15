-- Evaluations: the protocol, who is in which arm, who is followed, and what each participant's outcomes are.

create table waymark.evaluation (
  evaluation_id smallint generated always as identity primary key,
  slug          text not null unique,
  protocol      jsonb not null,
  protocol_hash text not null,
  data_source   text not null check (data_source in ('real', 'simulated', 'sample')),
  created_at    timestamptz not null default now()
);

create table waymark.evaluation_council (
  evaluation_id smallint not null references waymark.evaluation,
  council_id    smallint not null references waymark.council,
  primary key (evaluation_id, council_id)
);

-- arm: 1 trial, 0 comparison. unit: family or child pseudonym.
create table waymark.allocation (
  evaluation_id smallint not null references waymark.evaluation,
  council_id    smallint not null references waymark.council,
  unit          uuid not null,
  arm           smallint not null check (arm in (0, 1)),
  allocated_at  timestamptz not null default now(),
  primary key (evaluation_id, council_id, unit)
);

-- A cohort: the participants of one evaluation whose index day falls in one wave. `wave` is its first day.
create table waymark.participant (
  participant_key integer generated always as identity primary key,
  evaluation_id   smallint not null references waymark.evaluation,
  child_key       integer not null references waymark.child,
  council_id      smallint not null references waymark.council,
  wave            date not null,
  index_day       date not null,
  index_record    uuid not null,
  arm             smallint not null check (arm in (0, 1)),
  cluster         uuid not null,
  unique (evaluation_id, child_key)
);
create index participant_by_wave on waymark.participant (evaluation_id, wave);
create index participant_by_child on waymark.participant (child_key);

-- Participants whose records changed and whose outcomes wait to be computed again.
create table waymark.cohort_change (
  evaluation_id smallint not null,
  wave          date not null,
  child_key     integer not null,
  primary key (evaluation_id, wave, child_key)
);

-- state: 1 event, 2 no event, 3 censored, 4 not at risk. date: the event's, or the last day observed when censored.
-- outcome: position in the protocol's list of outcomes, from 0.
create table waymark.outcome (
  participant_key integer not null references waymark.participant on delete cascade,
  outcome         smallint not null,
  horizon         smallint not null,
  horizon_day     date not null,
  state           smallint not null check (state between 1 and 4),
  date            date,
  censor_reason   smallint check (censor_reason between 1 and 4),
  primary key (participant_key, outcome, horizon),
  check ((state in (1, 3)) = (date is not null)),
  check ((state = 3) = (censor_reason is not null))
);

-- A milestone is frozen once every council in the wave is complete through the last index day + horizon.
create table waymark.milestone (
  evaluation_id smallint not null references waymark.evaluation,
  wave          date not null,
  horizon       smallint not null,
  participants  integer not null,
  outcome_hash  text not null,
  frozen_at     timestamptz not null default now(),
  -- The wave's own result record, drawn up from the frozen outcomes; null until it has been.
  draft         jsonb,
  primary key (evaluation_id, wave, horizon)
);

create table waymark.frozen_outcome (
  evaluation_id   smallint not null,
  wave            date not null,
  horizon         smallint not null,
  participant_key integer not null,
  arm             smallint not null,
  outcome         smallint not null,
  state           smallint not null,
  date            date,
  censor_reason   smallint,
  primary key (evaluation_id, wave, horizon, participant_key, outcome),
  foreign key (evaluation_id, wave, horizon) references waymark.milestone
);

-- What an operator should look at. One open alert a subject; resolved when the matter has passed.
create table waymark.alert (
  alert_id    integer generated always as identity primary key,
  kind        text not null check (kind in ('feed-silent', 'milestone-overdue')),
  subject     text not null,
  message     text not null,
  raised_at   timestamptz not null default now(),
  resolved_at timestamptz
);
create unique index alert_open on waymark.alert (kind, subject) where resolved_at is null;
