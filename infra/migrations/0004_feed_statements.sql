-- Every feed statement that was stored, as it was met in each partition. Marks and gaps are made of it; it is only added to,
-- so that what was known on an earlier day can be told again.

create table waymark.feed_statement (
  council_id       smallint not null references waymark.council,
  kind             smallint not null,
  statement_id     uuid not null,
  partition        integer not null,
  complete_through date,
  gap_from         date,
  gap_to           date,
  stated_at        timestamptz not null,
  ledgered_at      timestamptz not null default now(),
  primary key (council_id, kind, statement_id, partition),
  check (num_nulls(complete_through, gap_from) = 1 and num_nulls(gap_from, gap_to) <> 1)
);

-- Statements from before this table: when each was stored is not known any more, so it counts as stored when it was stated,
-- and a gap, whose time was not kept at all, as known from the first.
insert into waymark.feed_statement (council_id, kind, statement_id, partition, complete_through, stated_at, ledgered_at)
select council_id, kind, statement_id, partition, complete_through, stated_at, stated_at from waymark.feed_mark;
insert into waymark.feed_statement (council_id, kind, statement_id, partition, gap_from, gap_to, stated_at, ledgered_at)
select council_id, kind, statement_id, 0, gap_from, gap_to, '-infinity', '-infinity' from waymark.declared_gap;

grant select, insert on waymark.feed_statement to waymark_ingest;
grant select on waymark.feed_statement to waymark_operator;
