-- What was shown, to whom, and what is released: nothing here is ever changed. A panel is one outcome of an evaluation, both
-- arms at every horizon, as it was shown: hidden numbers are not in it.

create function waymark.refuse_rewriting() returns trigger language plpgsql as $$
begin
  raise exception '%.% is only ever added to', tg_table_schema, tg_table_name;
end $$;

-- result: the counts before protection. body: the bytes as they are published, known once it has been checked.
create table waymark.release (
  release_id    integer generated always as identity primary key,
  evaluation_id smallint not null references waymark.evaluation,
  audience      text not null check (audience in ('researchers', 'public')),
  title         text not null check (length(title) between 1 and 200),
  result        jsonb not null,
  drafted_at    timestamptz not null default now()
);

-- One row a step. note: what the person said. detail: of a check its verdict, bytes and output record; of a publication its permalink.
create table waymark.release_step (
  release_id integer not null references waymark.release,
  seq        integer not null check (seq > 0),
  step       text not null check
    (step in ('drafted', 'checked', 'approved', 'refused', 'asked', 'published', 'superseded')),
  by         text not null check (length(by) between 1 and 120),
  at         timestamptz not null default now(),
  note       text,
  detail     jsonb,
  primary key (release_id, seq)
);
create unique index release_permalink on waymark.release_step ((detail ->> 'permalink')) where step = 'published';

-- Who drafted a release never decides on it.
create function waymark.second_person_decides() returns trigger language plpgsql as $$
begin
  if new.step in ('approved', 'refused') and exists (
    select from waymark.release_step d
    where d.release_id = new.release_id and d.step = 'drafted' and lower(d.by) = lower(new.by)
  ) then
    raise exception 'who drafted a release does not decide on it' using errcode = 'check_violation', constraint = 'second_person';
  end if;
  return new;
end $$;
create trigger second_person_decides before insert on waymark.release_step
  for each row execute function waymark.second_person_decides();

-- The memory of an audience. era: begins anew when records were corrected, or a person let through what the rules would not:
-- panels of one era can all be true of records that were only added to.
create table waymark.released_panel (
  panel_id      integer generated always as identity primary key,
  evaluation_id smallint not null references waymark.evaluation,
  audience      text not null check (audience in ('researchers', 'public')),
  outcome       text not null,
  era           integer not null check (era > 0),
  -- Null: shown live, without a release.
  release_id    integer references waymark.release,
  panel         jsonb not null,
  panel_hash    text not null,
  shown_at      timestamptz not null default now()
);
create index on waymark.released_panel (evaluation_id, outcome, panel_id);

-- Live numbers that are held back from an audience, until they may be shown or a person decides. Not history: the row goes.
create table waymark.held_panel (
  evaluation_id smallint not null references waymark.evaluation,
  audience      text not null,
  outcome       text not null,
  findings      jsonb not null,
  corrected     boolean not null,
  held_since    timestamptz not null default now(),
  primary key (evaluation_id, audience, outcome)
);

create trigger release_stays before update or delete on waymark.release
  for each row execute function waymark.refuse_rewriting();
create trigger release_step_stays before update or delete on waymark.release_step
  for each row execute function waymark.refuse_rewriting();
create trigger released_panel_stays before update or delete on waymark.released_panel
  for each row execute function waymark.refuse_rewriting();
create trigger release_stays_whole before truncate on waymark.release
  for each statement execute function waymark.refuse_rewriting();
create trigger release_step_stays_whole before truncate on waymark.release_step
  for each statement execute function waymark.refuse_rewriting();
create trigger released_panel_stays_whole before truncate on waymark.released_panel
  for each statement execute function waymark.refuse_rewriting();

-- The portal shows through the memory and adds to it; it never sees a draft's counts. The tracker checks and publishes.
-- Commands draft and decide.
grant select, insert on waymark.released_panel to waymark_portal, waymark_tracker;
grant select, insert, update, delete on waymark.held_panel to waymark_portal;
grant select, delete on waymark.held_panel to waymark_tracker;
grant select (release_id, evaluation_id, audience, title, drafted_at) on waymark.release to waymark_portal;
grant select on waymark.release_step to waymark_portal;
grant select on waymark.release to waymark_tracker;
grant select, insert on waymark.release_step to waymark_tracker, waymark_operator;
grant insert on waymark.release to waymark_operator;
