-- Whoever unblinds leaves the reason: the column cannot be set without its entry in the chain, which cannot be taken out again.

create function waymark.unblinding_is_recorded() returns trigger language plpgsql as $$
begin
  if new.unblinded and not exists (
    select from waymark.lifecycle_entry l where l.evaluation_id = new.evaluation_id
      and l.entry ->> 'kind' = 'unblinded' and length(l.entry ->> 'reason') >= 20
  ) then
    raise exception 'an evaluation is unblinded by an entry of its chain that says why';
  end if;
  return new;
end $$;

create trigger unblinding_is_recorded before insert or update of unblinded on waymark.evaluation
  for each row execute function waymark.unblinding_is_recorded();
