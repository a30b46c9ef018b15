-- The ledger counts what was sent as before, in half the time: a batch is stored at one moment or a few, so the London month is told
-- of each moment and not of each statement.
create or replace function waymark.count_sent() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
  insert into waymark.sent_month as s (council_id, month, kind, slot, stored, purged)
  select e.council_id, date_trunc('month', e.ledgered_at at time zone 'Europe/London')::date, e.kind, pg_backend_pid() % 16,
    sum(e.stored), sum(e.purged)
  from (select c.council_id, n.ledgered_at, n.kind, count(*) as stored, count(*) filter (where n.purged) as purged
    from come n join waymark.child c using (child_key) group by 1, 2, 3) e
  group by 1, 2, 3 order by 1, 2, 3
  on conflict (council_id, month, kind, slot) do update
    set stored = s.stored + excluded.stored, purged = s.purged + excluded.purged;
  return null;
end $$;
