-- Who took a step of a release, beside the name they gave: the login of a command, or the person that signed in to the portal.
-- A checker of outputs decides there in their own name; a name cannot be typed.

alter table waymark.release_step
  add column login text default nullif(current_setting('waymark.actor', true), ''),
  -- person:<id>
  add column signed_in text check (signed_in ~ '^person:[0-9]{1,9}$');

-- The name that the reader of this transaction was granted under; null for a key.
create function waymark.reader_name() returns text
language sql stable security definer set search_path = pg_catalog
begin atomic
  select p.name from waymark.person p
  where p.person_id = substring(current_setting('waymark.reader', true) from '^person:([0-9]{1,9})$')::integer;
end;
revoke all on function waymark.reader_name from public;
grant execute on function waymark.reader_name to waymark_portal;

-- Who drafted a release never decides on it, whether known by name or by sign-in.
create or replace function waymark.second_person_decides() returns trigger language plpgsql as $$
begin
  if new.step in ('approved', 'refused') and exists (
    select from waymark.release_step d
    where d.release_id = new.release_id and d.step = 'drafted'
      and (lower(trim(d.by)) = lower(trim(new."by")) or d.signed_in = new.signed_in)
  ) then
    raise exception 'who drafted a release does not decide on it' using errcode = 'check_violation', constraint = 'second_person';
  end if;
  return new;
end $$;

create policy decided_by_the_reader on waymark.release_step as restrictive for insert to waymark_portal with check (
  step in ('approved', 'refused') and by = (select waymark.reader_name()) and login is null and detail is null
  and signed_in = current_setting('waymark.reader', true) and current_setting('waymark.reader_role', true) = 'output-checker'
  and release_id in (
    select r.release_id from waymark.release r where r.evaluation_id = any ((select waymark.readable_evaluations())::smallint[])));
grant insert (release_id, seq, step, by, note, signed_in) on waymark.release_step to waymark_portal;
