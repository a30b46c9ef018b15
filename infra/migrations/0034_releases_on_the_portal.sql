-- Releases are drafted, decided on, published and superseded on the portal too, each step by the person who signed in. What
-- follows what is held by the store, whoever takes the step, and every step is told to the release's workflow by the relay.

-- Steps that a workflow has not been told of: written with the step, deleted once the signal has arrived.
create table waymark.release_look (
  look_id    bigint generated always as identity primary key,
  release_id integer not null references waymark.release
);
create function waymark.release_is_looked_at() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
  insert into waymark.release_look (release_id) values (new.release_id);
  return null;
end $$;
create trigger release_is_looked_at after insert on waymark.release_step
  for each row when (new.step in ('drafted', 'asked', 'refused', 'superseded'))
  execute function waymark.release_is_looked_at();
-- What was drafted or asked for while the signal came from the command alone.
insert into waymark.release_look (release_id)
select s.release_id from waymark.release_step s
where s.step in ('drafted', 'asked')
  and not exists (select from waymark.release_step l where l.release_id = s.release_id and l.seq > s.seq);
grant select, delete on waymark.release_look to waymark_tracker;

-- One step after the other, each from where it may be taken: nothing that the rules do not settle is published without a
-- decision, though a process forget to ask.
create function waymark.release_step_follows() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
declare
  last record;
  allowed boolean;
begin
  select s.seq, s.step, s.detail ->> 'verdict' as verdict into last
  from waymark.release_step s where s.release_id = new.release_id order by s.seq desc limit 1;
  if not found then
    allowed := new.seq = 1 and new.step = 'drafted';
  else
    allowed := new.seq = last.seq + 1 and case new.step
      when 'checked' then last.step in ('drafted', 'asked')
      when 'approved' then last.step = 'checked' and last.verdict = 'review'
      when 'refused' then last.step in ('checked', 'approved')
      when 'asked' then last.step = 'approved' or (last.step = 'checked' and last.verdict = 'settled')
      when 'published' then last.step = 'asked'
      when 'superseded' then last.step = 'published' and exists (
        select from waymark.release older
        join waymark.release newer using (evaluation_id, audience)
        join waymark.release_step p on p.release_id = newer.release_id and p.step = 'published'
        where older.release_id = new.release_id and newer.release_id <> older.release_id
          and newer.release_id::text = new.detail ->> 'by' and p.detail ->> 'permalink' = new.detail ->> 'permalink'
          and not exists (select from waymark.release_step l where l.release_id = newer.release_id and l.seq > p.seq))
      else false end;
  end if;
  if allowed is not true then
    raise exception 'release % cannot be % after %', new.release_id, new.step, coalesce(last.step, 'nothing')
      using errcode = 'check_violation', constraint = 'release_step_order';
  end if;
  return new;
end $$;
create trigger release_step_follows before insert on waymark.release_step
  for each row execute function waymark.release_step_follows();

-- An evaluator drafts; a checker of outputs decides, publishes and supersedes; each in their own name, of evaluations granted
-- to them in that role.
drop policy decided_by_the_reader on waymark.release_step;
create policy taken_by_the_reader on waymark.release_step as restrictive for insert to waymark_portal with check (
  by = (select waymark.reader_name()) and login is null and signed_in = current_setting('waymark.reader', true)
  and case current_setting('waymark.reader_role', true)
    when 'evaluator' then step = 'drafted' and note is null and detail is null
    when 'output-checker' then
      (step in ('approved', 'refused') and note is not null and detail is null)
      or (step = 'asked' and note is null and detail is null)
      or (step = 'superseded' and note is not null)
    else false end
  and release_id in (
    select r.release_id from waymark.release r where r.evaluation_id = any ((select waymark.readable_evaluations())::smallint[])));
grant insert (detail) on waymark.release_step to waymark_portal;

create policy drafted_by_the_reader on waymark.release as restrictive for insert to waymark_portal with check (
  (select waymark.reader_name()) is not null and current_setting('waymark.reader_role', true) = 'evaluator'
  and evaluation_id in (
    select e.evaluation_id from waymark.evaluation e
    where e.unblinded and e.evaluation_id = any ((select waymark.readable_evaluations())::smallint[])));
grant insert (evaluation_id, audience, title, result) on waymark.release to waymark_portal;

drop trigger audited_insert on waymark.release_step;
create trigger audited_insert after insert on waymark.release_step referencing new table as come for each statement
  execute function waymark.audit_change('release', 'release_id', 'seq', 'step', 'by', 'signed_in');
