-- Enrolment: every child known in an evaluation's councils is screened once, and the reason is kept.

-- reason: null for a child that is enrolled; else one of services/evaluations/eligibility.ts.
create table waymark.screening (
  evaluation_id smallint not null references waymark.evaluation,
  child_key     integer not null references waymark.child,
  index_day     date,
  reason        text,
  primary key (evaluation_id, child_key)
);

-- Children or families that do not want to be followed. unit: the pseudonym of either.
create table waymark.opt_out (
  evaluation_id smallint not null references waymark.evaluation,
  council_id    smallint not null references waymark.council,
  unit          uuid not null,
  listed_at     timestamptz not null default now(),
  primary key (evaluation_id, council_id, unit)
);

-- A participant that is kept though the records now say otherwise (index-corrected, index-gone, no-longer-eligible, arm-changed).
alter table waymark.participant add column flag text;

grant select, insert, update, delete on waymark.screening to waymark_tracker;
grant select on waymark.opt_out to waymark_tracker;
grant select on waymark.screening to waymark_portal, waymark_operator;
grant select, insert on waymark.opt_out to waymark_operator;

-- Participants of before are screened again, so that each has its row.
insert into waymark.outbox (child_keys, council_ids)
select array_agg(distinct c.child_key), '{}' from waymark.child c join waymark.evaluation_council using (council_id)
group by c.child_key / 5000;
