-- How far the service has come, for pages that bring themselves up to date: no row of a child, and nothing of one evaluation or
-- council. Whoever reads nothing is told nothing. Only an operator is told exact numbers: by one statement more at a certain
-- second somebody could tell that a child they know of was written about.
create function waymark.live_progress() returns jsonb
language sql stable security definer set search_path = pg_catalog
begin atomic
  select jsonb_build_object(
    'askedAt', now(),
    'stored', (select coalesce(sum(i.stored), 0) - case when reader.exact then 0 else mod(coalesce(sum(i.stored), 0), 100) end
      from waymark.intake i),
    'exact', reader.exact,
    'oldestWaiting', (select min(o.created_at) from waymark.outbox o),
    'recomputing', exists (select from waymark.cohort_change))
  from (select bool_or(h.role = 'operator') as exact from waymark.held_by_reader() h having count(*) > 0) reader;
end;
revoke execute on function waymark.live_progress() from public;
grant execute on function waymark.live_progress() to waymark_portal;
