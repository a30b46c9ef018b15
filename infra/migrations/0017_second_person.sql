-- "by" has to be quoted behind a record's name: without that no step of a release could be taken at all.
create or replace function waymark.second_person_decides() returns trigger language plpgsql as $$
begin
  if new.step in ('approved', 'refused') and exists (
    select from waymark.release_step d
    where d.release_id = new.release_id and d.step = 'drafted' and lower(d.by) = lower(new."by")
  ) then
    raise exception 'who drafted a release does not decide on it' using errcode = 'check_violation', constraint = 'second_person';
  end if;
  return new;
end $$;
