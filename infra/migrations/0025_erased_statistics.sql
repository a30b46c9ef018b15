-- PostgreSQL's statistics of a column hold values of it, pseudonyms too, until the table is analysed again: erasure has that
-- done, and looks there. An order of erasure enters the audit log.

-- What a withdrawn council sent that could not be used, and whatever else of it names an erased child.
create or replace function waymark.erase_refused(of_erasure integer) returns void
language plpgsql security definer set search_path = pg_catalog as $$
declare
  pattern text;
  gone bigint;
begin
  select string_agg(t.pseudonym::text || '|' || replace(t.pseudonym::text, '-', ''), '|') into pattern
  from waymark.tombstone t where t.erasure_id = of_erasure and t.pseudonym is not null;
  delete from waymark.quarantine q using waymark.erasure e join waymark.council c using (council_id)
  where e.erasure_id = of_erasure and (e.scope = 'council' and q.council = c.code or q::text ~* pattern);
  get diagnostics gone = row_count;
  perform waymark.erasure_counted(of_erasure, 'quarantine', gone);
  delete from waymark.refused_line r using waymark.erasure e
  where e.erasure_id = of_erasure and (e.scope = 'council' and r.council_id = e.council_id or r::text ~* pattern);
  get diagnostics gone = row_count;
  perform waymark.erasure_counted(of_erasure, 'refused_line', gone);
end $$;

-- Analyses every table that lost rows, so that their values leave the statistics.
create function waymark.erase_statistics(of_erasure integer) returns void
language plpgsql security definer set search_path = pg_catalog as $$
declare
  held text;
begin
  for held in select store from waymark.erasure_count where erasure_id = of_erasure order by store loop
    execute format('analyze waymark.%I', held);
  end loop;
end $$;

-- Every table of the database in which a pseudonym of this erasure still stands, in whatever column and spelling, statistics
-- that hold one, and the children of a withdrawn council that are left. Reads everything: the proof, not a query for every day.
create or replace function waymark.erasure_remains(of_erasure integer) returns table (store text, left_over bigint)
language plpgsql security definer set search_path = pg_catalog as $$
declare
  pattern text;
  named record;
begin
  select string_agg(t.pseudonym::text || '|' || replace(t.pseudonym::text, '-', ''), '|') into pattern
  from waymark.tombstone t where t.erasure_id = of_erasure and t.pseudonym is not null;
  if pattern is not null then
    for named in
      select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('waymark', 'public') and c.relkind in ('r', 'p') and not c.relispartition order by 1, 2
    loop
      execute format('select count(*) from %I.%I t where t::text ~* $1', named.nspname, named.relname) into left_over using pattern;
      store := named.relname;
      if left_over > 0 then
        return next;
      end if;
    end loop;
    select count(*) into left_over from pg_stats s
    where s.schemaname = 'waymark' and s.tablename not in ('tombstone', 'allocation_log') and s::text ~* pattern;
    store := 'statistics';
    if left_over > 0 then
      return next;
    end if;
  end if;
  select count(*) into left_over from waymark.erasure e join waymark.child c using (council_id)
  where e.erasure_id = of_erasure and e.scope = 'council';
  store := 'children of the council';
  if left_over > 0 then
    return next;
  end if;
end $$;

revoke all on function waymark.erase_statistics from public;
grant execute on function waymark.erase_statistics to waymark_erasure;

create trigger audited_insert after insert on waymark.erasure referencing new table as come
  for each statement execute function waymark.audit_change('change', 'erasure_id', 'scope', 'council_id');
