-- Outcomes by age band and by need: which of them a participant is in is settled when its first figures are frozen, so that no
-- number of a group moves when a fact about a child is corrected later.

-- age_band: at the index day; null: month of birth not known. need: of the index referral; null: not stated, or no referral.
create table waymark.frozen_group (
  participant_key integer primary key,
  evaluation_id   smallint not null references waymark.evaluation,
  age_band        text check (age_band in ('under-1', '1-to-4', '5-to-9', '10-to-15', '16-or-over')),
  need            text check (need ~ '^N[0-9]$')
);
create index on waymark.frozen_group (evaluation_id);

-- The participants of a wave, as they are known now; whoever has a row keeps it.
create function waymark.freeze_groups(of_evaluation smallint, of_wave date) returns void
language sql set search_path = pg_catalog
begin atomic
  insert into waymark.frozen_group (participant_key, evaluation_id, age_band, need)
  select p.participant_key, p.evaluation_id,
    case
      when k.birth_month is null then null
      when (k.birth_month + interval '1 year')::date > p.index_day then 'under-1'
      when (k.birth_month + interval '5 years')::date > p.index_day then '1-to-4'
      when (k.birth_month + interval '10 years')::date > p.index_day then '5-to-9'
      when (k.birth_month + interval '16 years')::date > p.index_day then '10-to-15'
      else '16-or-over'
    end,
    -- Kind 2 is a referral; its need is the four bits from the seventh on: number of the code and 1, 0 where it is not stated.
    (select 'N' || (((o.detail >> 6) & 15) - 1) from waymark.occurrence o
      where o.child_key = p.child_key and o.kind = 2 and o.record_id = p.index_record and o.stated_under = p.index_child
        and not o.purged and ((o.detail >> 6) & 15) > 0)
  from waymark.participant p left join waymark.child_known k using (child_key)
  where p.evaluation_id = of_evaluation and p.wave = of_wave
  on conflict do nothing;
end;
revoke all on function waymark.freeze_groups from public;
grant execute on function waymark.freeze_groups to waymark_tracker;
grant select, insert on waymark.frozen_group to waymark_tracker;

select waymark.freeze_groups(m.evaluation_id, m.wave) from (select distinct evaluation_id, wave from waymark.milestone) m;

alter table waymark.frozen_group enable row level security;
create policy rights_as_granted on waymark.frozen_group using (true) with check (true);
create policy of_the_reader on waymark.frozen_group as restrictive to waymark_portal
  using (evaluation_id = any ((select waymark.readable_evaluations())::smallint[]));
grant select on waymark.frozen_group to waymark_portal, waymark_look_back;

alter table waymark.shown_group drop constraint shown_group_grouping_check;
alter table waymark.shown_group add constraint shown_group_grouping_check
  check (grouping in ('wave', 'council', 'age', 'need'));
