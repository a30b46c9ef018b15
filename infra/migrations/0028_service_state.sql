-- How the service stands, for a page: counts and times, no row of a child or of a result. Whoever does not read as an operator
-- is told nothing; the portal gains no table by it.
create function waymark.service_state() returns jsonb
language sql stable security definer set search_path = pg_catalog
begin atomic
  select jsonb_build_object(
    'askedAt', now(),
    'database', jsonb_build_object('bytes', pg_database_size(current_database()),
      'version', current_setting('server_version')),
    'outbox', (select jsonb_build_object('waiting', count(*), 'oldest', min(o.created_at)) from waymark.outbox o),
    'recompute', (select count(*) from waymark.cohort_change),
    'intake', (select jsonb_build_object('received', coalesce(sum(i.received), 0), 'stored', coalesce(sum(i.stored), 0),
      'duplicates', coalesce(sum(i.duplicates), 0), 'statements', coalesce(sum(i.statements), 0),
      'quarantined', coalesce(sum(i.quarantined), 0)) from waymark.intake i),
    'refusedLines', (select count(*) from waymark.refused_line),
    'quarantine', coalesce((select jsonb_agg(jsonb_build_object('code', q.code, 'count', q.count) order by q.count desc, q.code)
      from (select code, count(*) as count from waymark.quarantine group by code) q), '[]'),
    'alerts', coalesce((select jsonb_agg(jsonb_build_object('kind', a.kind, 'subject', a.subject, 'message', a.message,
      'raisedAt', a.raised_at) order by a.raised_at) from waymark.alert a where a.resolved_at is null), '[]'),
    'evaluations', coalesce((select jsonb_agg(jsonb_build_object('slug', e.slug, 'stage', e.stage, 'paused', e.paused,
        'frozen', (select count(*) from waymark.milestone m where m.evaluation_id = e.evaluation_id),
        'newest', (select max(m.frozen_at) from waymark.milestone m where m.evaluation_id = e.evaluation_id)) order by e.slug)
      from waymark.evaluation e), '[]'),
    'audit', coalesce((select jsonb_agg(jsonb_build_object('seq', x.seq, 'entry', x.entry::jsonb) order by x.seq desc)
      from (select seq, entry from waymark.audit_entry order by seq desc limit 25) x), '[]'))
  where exists (select from waymark.held_by_reader() h where h.role = 'operator');
end;
revoke execute on function waymark.service_state() from public;
grant execute on function waymark.service_state() to waymark_portal;
