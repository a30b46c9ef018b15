-- What a reader may see is worked out once in a transaction and not for every policy of every query: planning the questions
-- anew each time took longer than a dashboard's own query. The answer is kept with the reader it is for.

create or replace function waymark.readable_evaluations() returns smallint[]
language plpgsql stable security definer set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $$
declare
  reader text := current_setting('waymark.reader', true) || ' ' || current_setting('waymark.reader_role', true) || ' ';
  known text := current_setting('waymark.reader_evaluations', true);
  answer smallint[];
begin
  if reader is null then
    return '{}';
  elsif starts_with(known, reader) then
    return substr(known, length(reader) + 1)::smallint[];
  end if;
  select coalesce(array_agg(distinct e.evaluation_id), '{}') into answer
  from waymark.held_by_reader() h
  join waymark.evaluation e on h.evaluation_id is null or e.evaluation_id = h.evaluation_id
  where h.role in ('researcher', 'evaluator', 'output-checker', 'operator');
  perform set_config('waymark.reader_evaluations', reader || answer::text, true);
  return answer;
end $$;

create or replace function waymark.readable_councils() returns smallint[]
language plpgsql stable security definer set search_path = pg_catalog set plan_cache_mode = force_generic_plan as $$
declare
  reader text := current_setting('waymark.reader', true) || ' ' || current_setting('waymark.reader_role', true) || ' ';
  known text := current_setting('waymark.reader_councils', true);
  answer smallint[];
begin
  if reader is null then
    return '{}';
  elsif starts_with(known, reader) then
    return substr(known, length(reader) + 1)::smallint[];
  end if;
  with held as materialized (select h.role, h.council_id from waymark.held_by_reader() h)
  select coalesce(array_agg(c.council_id), '{}') into answer from waymark.council c
  where c.council_id in (select h.council_id from held h where h.role = 'council')
    or exists (select from held h where h.role in ('operator', 'administrator'))
    or c.council_id in (
      select ec.council_id from waymark.evaluation_council ec
      where ec.evaluation_id = any ((select waymark.readable_evaluations())::smallint[]));
  perform set_config('waymark.reader_councils', reader || answer::text, true);
  return answer;
end $$;
