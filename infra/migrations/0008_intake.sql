-- Every line a council sent and every message taken from Kafka is accounted for, and a council can read its own account.

-- What was taken from a partition so far and what became of it. A message that comes again after a crash is below
-- `next_offset` and is not counted again.
create table waymark.intake (
  topic       text not null,
  partition   integer not null,
  next_offset bigint not null,
  received    bigint not null,
  stored      bigint not null,
  duplicates  bigint not null,
  statements  bigint not null,
  quarantined bigint not null,
  primary key (topic, partition),
  check (received = stored + duplicates + statements + quarantined)
);

-- Lines the gateway refused, without their text. The same line refused again in the same delivery is one row.
create table waymark.refused_line (
  council_id   smallint not null references waymark.council,
  -- The sender's name for what it is sending; empty when it gave none.
  delivery     text not null,
  line_sha256  bytea not null,
  line         integer not null,
  code         text not null,
  field        text not null,
  reason       text not null,
  times        integer not null default 1,
  refused_at   timestamptz not null default now(),
  primary key (council_id, delivery, line_sha256)
);
create index on waymark.refused_line (council_id, refused_at desc);

grant select, insert, update on waymark.intake to waymark_ingest;
grant select, insert, update, delete on waymark.refused_line to waymark_gateway;
grant select on waymark.complete_through, waymark.declared_gap, waymark.feed_heard, waymark.quarantine to waymark_gateway;
grant select on waymark.intake, waymark.refused_line to waymark_portal;
