-- Evaluators take the steps of an evaluation's life on pages, in their own name. What the portal may write is held here, row by
-- row: by the evaluator who is signed in, on evaluations that they were granted, and nothing that the chain does not say.

-- The person who reads as an evaluator; null for a key, for other roles, and once the grant is revoked.
create function waymark.planning_person() returns integer
language sql stable security definer set search_path = pg_catalog
begin atomic
  select substring(current_setting('waymark.reader', true) from '^person:([0-9]{1,9})$')::integer
  where exists (select from waymark.held_by_reader() h where h.role = 'evaluator');
end;

-- Whether a protocol may be put in its place by whoever asks: the portal's evaluator where granted, a command always. For a new
-- evaluation (null) an evaluator needs the grant for every evaluation: whoever begins one comes to see its councils' results.
create function waymark.may_plan(of_evaluation smallint) returns boolean
language sql stable security definer set search_path = pg_catalog
begin atomic
  select coalesce(nullif(current_setting('role', true), 'none'), session_user::text) <> 'waymark_portal'
    or (waymark.planning_person() is not null and exists (
      select from waymark.held_by_reader() h
      where h.role = 'evaluator' and (h.evaluation_id is null or h.evaluation_id = of_evaluation)));
end;

-- The numbers of councils that are registered.
create function waymark.councils_named(codes text[]) returns table (code text, council_id smallint)
language sql stable security definer set search_path = pg_catalog
begin atomic
  select c.code, c.council_id from waymark.council c where c.code = any (codes);
end;

-- Asks for every child known in the evaluation's councils to be screened.
create function waymark.screen_again(of_evaluation smallint) returns void
language sql security definer set search_path = pg_catalog
begin atomic
  insert into waymark.outbox (child_keys, council_ids)
  select array_agg(c.child_key), '{}' from waymark.child c join waymark.evaluation_council ec using (council_id)
  where ec.evaluation_id = of_evaluation group by c.child_key / 5000;
end;

-- Adds an evaluation and gives its number; null when the slug is taken.
create function waymark.add_evaluation(
  of_slug text, of_protocol jsonb, of_hash text, of_source text, of_councils smallint[]
) returns smallint
language plpgsql security definer set search_path = pg_catalog as $$
declare
  added smallint;
begin
  if not waymark.may_plan(null) then
    raise insufficient_privilege using message = 'a new evaluation is begun by an evaluator of every evaluation',
      constraint = 'may_plan';
  end if;
  insert into waymark.evaluation (slug, protocol, protocol_hash, data_source)
  values (of_slug, of_protocol, of_hash, of_source) on conflict (slug) do nothing returning evaluation_id into added;
  insert into waymark.evaluation_council (evaluation_id, council_id)
  select added, unnest(of_councils) where added is not null;
  return added;
end $$;

-- Puts another protocol in the place of an evaluation's: the children of councils that leave are screened out, so both lists of
-- councils are screened again, and outcomes are computed anew. The entry that says so follows in the same transaction.
create function waymark.replace_protocol(
  of_evaluation smallint, of_protocol jsonb, of_hash text, of_source text, of_councils smallint[]
) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
  if not waymark.may_plan(of_evaluation) then
    raise insufficient_privilege using message = 'the protocol of an evaluation is replaced by an evaluator of it',
      constraint = 'may_plan';
  end if;
  perform waymark.screen_again(of_evaluation);
  update waymark.evaluation set protocol = of_protocol, protocol_hash = of_hash, data_source = of_source
  where evaluation_id = of_evaluation;
  perform waymark.forget_outcomes(of_evaluation);
  delete from waymark.evaluation_council where evaluation_id = of_evaluation;
  insert into waymark.evaluation_council (evaluation_id, council_id) select of_evaluation, unnest(of_councils);
  perform waymark.screen_again(of_evaluation);
end $$;

revoke all on function waymark.planning_person, waymark.may_plan, waymark.councils_named, waymark.screen_again,
  waymark.add_evaluation, waymark.replace_protocol from public;
grant execute on function waymark.planning_person, waymark.may_plan to waymark_portal;
grant execute on function waymark.councils_named, waymark.screen_again, waymark.add_evaluation, waymark.replace_protocol
  to waymark_portal, waymark_operator;

-- Whose account at the sign-in service a signer's is: one person, one signer. Null for whoever signs by command alone.
alter table waymark.signer add column person_id integer unique references waymark.person;
grant update (person_id) on waymark.signer to waymark_operator;

alter table waymark.signer enable row level security;
create policy rights_as_granted on waymark.signer using (true) with check (true);
create policy of_the_reader on waymark.signer as restrictive to waymark_portal
  using (person_id = (select waymark.planning_person()))
  with check (person_id = (select waymark.planning_person()) and name = (select waymark.reader_name()) and not simulated);
grant select, insert (signer_id, name, public_key, simulated, person_id) on waymark.signer to waymark_portal;

create policy written_by_the_reader on waymark.lifecycle_entry as restrictive for insert to waymark_portal with check (
  (select waymark.planning_person()) is not null
  and evaluation_id = any ((select waymark.readable_evaluations())::smallint[])
  and entry ->> 'kind' in ('created', 'revised', 'signed', 'advanced', 'deviated', 'unblinded')
  and case entry ->> 'kind'
    when 'signed' then entry ->> 'by' = entry ->> 'signer' and entry ->> 'signer' in (
      select s.signer_id from waymark.signer s where s.person_id = (select waymark.planning_person()))
    else entry ->> 'by' = (select waymark.reader_name()) end);
grant insert on waymark.lifecycle_entry to waymark_portal;

-- The columns beside the chain say what the chain says.
create policy stepped_by_the_reader on waymark.evaluation as restrictive for update to waymark_portal
  using ((select waymark.planning_person()) is not null)
  with check (
    stage = coalesce((
      select l.entry ->> 'to' from waymark.lifecycle_entry l
      where l.evaluation_id = evaluation.evaluation_id and l.entry ->> 'kind' = 'advanced' order by l.seq desc limit 1), 'draft')
    and paused = coalesce((
      select l.entry ->> 'kind' = 'paused' from waymark.lifecycle_entry l
      where l.evaluation_id = evaluation.evaluation_id and l.entry ->> 'kind' in ('paused', 'resumed')
      order by l.seq desc limit 1), false)
    and unblinded = exists (
      select from waymark.lifecycle_entry l
      where l.evaluation_id = evaluation.evaluation_id and l.entry ->> 'kind' = 'unblinded'));
grant update (stage, paused, unblinded) on waymark.evaluation to waymark_portal;
