-- A process is ready once the store has the shape its code was written for: it asks which migrations were applied.
grant select on public.waymark_migration
  to waymark_gateway, waymark_ingest, waymark_tracker, waymark_portal, waymark_allocation, waymark_operator;
grant usage on schema public
  to waymark_gateway, waymark_ingest, waymark_tracker, waymark_portal, waymark_allocation, waymark_operator;

-- Milestones that were frozen before freezing closed the note that they were overdue.
update waymark.alert a set resolved_at = now()
from waymark.milestone m join waymark.evaluation e using (evaluation_id)
where a.kind = 'milestone-overdue' and a.resolved_at is null
  and a.subject = e.slug || '/' || m.wave || '/' || m.horizon;
