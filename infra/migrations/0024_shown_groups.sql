-- What readers of results were shown of one group of children (a wave, or a council), rounded: it stays as it was shown, and
-- what is hidden later is judged together with it.
create table waymark.shown_group (
  evaluation_id smallint not null references waymark.evaluation,
  outcome       text not null,
  horizon       smallint not null,
  grouping      text not null check (grouping in ('wave', 'council')),
  group_name    text not null,
  arm           text not null check (arm in ('trial', 'comparison')),
  measure       text not null check (measure in ('matured', 'events')),
  shown         integer not null,
  shown_at      timestamptz not null default now(),
  primary key (evaluation_id, outcome, horizon, grouping, group_name, arm, measure)
);
alter table waymark.shown_group enable row level security;
create policy rights_as_granted on waymark.shown_group using (true) with check (true);
create policy of_the_reader on waymark.shown_group as restrictive to waymark_portal
  using (evaluation_id = any ((select waymark.readable_evaluations())::smallint[]));
grant select, insert on waymark.shown_group to waymark_portal;
