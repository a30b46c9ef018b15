-- A frozen figure says what it includes, and a later figure that differs stands beside it and never in its place.

-- The newest statement among its participants' records, and the day each council was complete through. Null: frozen before this.
alter table waymark.milestone add column includes jsonb;
grant select (includes) on waymark.milestone to waymark_portal, waymark_operator;

-- What the figure would be now, while that is another one. changed: participants whose outcomes at the horizon differ;
-- joined, gone: participants that came into the wave or left it since.
create table waymark.candidate (
  evaluation_id smallint not null,
  wave          date not null,
  horizon       smallint not null,
  outcome_hash  text not null,
  changed       integer not null,
  joined        integer not null,
  gone          integer not null,
  found_at      timestamptz not null default now(),
  primary key (evaluation_id, wave, horizon),
  foreign key (evaluation_id, wave, horizon) references waymark.milestone
);
grant select, insert, update, delete on waymark.candidate to waymark_tracker;
grant select on waymark.candidate to waymark_operator;
grant select (evaluation_id, wave, horizon, found_at) on waymark.candidate to waymark_portal;

alter table waymark.alert drop constraint alert_kind_check;
alter table waymark.alert add constraint alert_kind_check
  check (kind in ('feed-silent', 'milestone-overdue', 'milestone-superseded'));
