-- A release is of counts as they were, or of a kept analysis: its effects, subgroups, curves and flow.

alter table waymark.analysis add constraint analysis_of_evaluation unique (analysis_id, evaluation_id);
alter table waymark.release
  alter column result drop not null,
  add column analysis_id integer,
  add constraint release_of_analysis foreign key (analysis_id, evaluation_id)
    references waymark.analysis (analysis_id, evaluation_id),
  add constraint release_of_one_thing check ((result is null) <> (analysis_id is null));

-- The tracker judges and publishes what a record holds; the portal names the analysis and sees its numbers only once released.
grant select on waymark.analysis to waymark_tracker;
grant select (analysis_id), insert (analysis_id) on waymark.release to waymark_portal;

-- Effects that a gate keeps back are no release.
create function waymark.release_is_not_withheld() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
  if exists (select from waymark.analysis a where a.analysis_id = new.analysis_id and (a.withheld or a.shown is null)) then
    raise exception 'analysis % has no effects that may be released', new.analysis_id
      using errcode = 'check_violation', constraint = 'release_of_shown_analysis';
  end if;
  return new;
end $$;
create trigger release_is_not_withheld before insert on waymark.release
  for each row when (new.analysis_id is not null) execute function waymark.release_is_not_withheld();

-- What is not published is there for those who work on the evaluation alone: no draft reaches a page of somebody else.
create function waymark.published_releases() returns integer[]
language sql stable security definer set search_path = pg_catalog
begin atomic
  select coalesce(array_agg(s.release_id), '{}') from waymark.release_step s where s.step = 'published';
end;
revoke all on function waymark.published_releases from public;
grant execute on function waymark.published_releases to waymark_portal;
create policy drafts_for_workers on waymark.release as restrictive for select to waymark_portal using (
  current_setting('waymark.reader_role', true) in ('evaluator', 'output-checker', 'operator')
  or release_id = any ((select waymark.published_releases())::integer[]));

-- One of a kind takes the place of one of that kind.
create function waymark.release_succeeds_its_kind() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
  if not exists (
    select from waymark.release older join waymark.release newer
      on (older.analysis_id is null) = (newer.analysis_id is null)
    where older.release_id = new.release_id and newer.release_id::text = new.detail ->> 'by'
  ) then
    raise exception 'release % is superseded by one of its own kind', new.release_id
      using errcode = 'check_violation', constraint = 'release_step_order';
  end if;
  return new;
end $$;
create trigger release_succeeds_its_kind before insert on waymark.release_step
  for each row when (new.step = 'superseded') execute function waymark.release_succeeds_its_kind();

drop trigger audited_insert on waymark.release;
create trigger audited_insert after insert on waymark.release referencing new table as come for each statement
  execute function waymark.audit_change('release', 'release_id', 'evaluation_id', 'audience', 'analysis_id');
