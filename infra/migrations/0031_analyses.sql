-- Analyses of stored evaluations, kept as they were made: the plan, what was known, and the record, byte for byte.

-- cut: what was stored before it was known. as_of: the day whose end that was; null for an instant. protocol: as it stood then.
-- accepted: reasons for gates that failed. earlier: the analyses that were looks before this one, in their order.
create table waymark.analysis (
  analysis_id   integer generated always as identity primary key,
  evaluation_id smallint not null references waymark.evaluation,
  cut           timestamptz not null,
  as_of         date,
  protocol      jsonb not null,
  accepted      jsonb not null,
  unit_costs    jsonb,
  earlier       integer[] not null,
  code_version  text not null,
  withheld      boolean not null,
  record        text not null,
  -- What of it may be shown, as JSON; null where an arm has too few children for anything.
  shown         text,
  record_hash   text not null check (record_hash = encode(sha256(convert_to(record, 'UTF8')), 'hex')),
  made_by       text not null check (length(made_by) between 1 and 200),
  made_at       timestamptz not null default now()
);
create index on waymark.analysis (evaluation_id, analysis_id);

create trigger analysis_stays before update or delete on waymark.analysis
  for each row execute function waymark.refuse_rewriting();
create trigger analysis_stays_whole before truncate on waymark.analysis
  for each statement execute function waymark.refuse_rewriting();

-- Outcomes by arm stand in a record: none is kept of an evaluation that is blinded.
create function waymark.analysis_is_unblinded() returns trigger language plpgsql as $$
begin
  if not exists (select from waymark.evaluation e where e.evaluation_id = new.evaluation_id and e.unblinded) then
    raise exception 'an evaluation is analysed once it is unblinded';
  end if;
  return new;
end $$;
create trigger analysis_is_unblinded before insert on waymark.analysis
  for each row execute function waymark.analysis_is_unblinded();

grant select, insert on waymark.analysis to waymark_operator;

-- The portal shows what may be shown, to those who work on the evaluation: it is not weighed against what researchers have seen.
alter table waymark.analysis enable row level security;
create policy rights_as_granted on waymark.analysis using (true) with check (true);
create policy of_the_reader on waymark.analysis as restrictive to waymark_portal using (
  evaluation_id = any ((select waymark.readable_evaluations())::smallint[])
  and current_setting('waymark.reader_role', true) in ('evaluator', 'output-checker', 'operator'));
grant select (analysis_id, evaluation_id, cut, as_of, code_version, withheld, shown, record_hash, made_by, made_at)
  on waymark.analysis to waymark_portal;

create trigger audited_insert after insert on waymark.analysis referencing new table as come for each statement
  execute function waymark.audit_change('change', 'analysis_id', 'evaluation_id', 'record_hash', 'withheld', 'made_by');
