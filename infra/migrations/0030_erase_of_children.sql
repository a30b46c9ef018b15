-- A batch with a statement that was not its record's newest asks whether a purge stands above it. The purge's child is now
-- given too: it follows from the join, but the planner did not see that, and read the whole ledger for the few purges in it.
create or replace function waymark.erase_purged(children integer[]) returns bigint
language sql security definer set search_path = pg_catalog
begin atomic
  with erased as (
    update waymark.case_event e set state = null
    from waymark.case_event purge
    where e.child_key = any(children) and e.state is not null
      and purge.child_key = any(children) and purge.purged
      and purge.child_key = e.child_key and purge.kind = e.kind and purge.record_id = e.record_id
      and (purge.recorded_at, purge.event_id) > (e.recorded_at, e.event_id)
    returning 1
  )
  select count(*) from erased;
end;
