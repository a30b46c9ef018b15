-- Protocols that evaluators are still writing on pages: whole documents, right or wrong, which nothing depends on.

-- evaluation_id: the evaluation whose id the document gives, where its writer may see it; its evaluators share the draft.
-- version: counts up, so that nobody saves over what they did not read.
create table waymark.protocol_draft (
  draft_id      integer generated always as identity primary key,
  person_id     integer not null references waymark.person,
  evaluation_id smallint references waymark.evaluation,
  document      text not null check (length(document) <= 60000),
  -- What the document says they are; empty where it says none.
  slug          text not null,
  title         text not null,
  version       integer not null default 1,
  changed_by    text not null check (length(changed_by) between 1 and 200),
  began_at      timestamptz not null default now(),
  changed_at    timestamptz not null default now()
);
create index on waymark.protocol_draft (person_id);
create index on waymark.protocol_draft (evaluation_id);

alter table waymark.protocol_draft enable row level security;
create policy rights_as_granted on waymark.protocol_draft using (true) with check (true);
create policy of_the_reader on waymark.protocol_draft as restrictive to waymark_portal
  using ((select waymark.planning_person()) is not null and (
    person_id = (select waymark.planning_person())
    or evaluation_id = any ((select waymark.readable_evaluations())::smallint[])))
  with check ((select waymark.planning_person()) is not null and changed_by = (select waymark.reader_name())
    and (evaluation_id is null or evaluation_id = any ((select waymark.readable_evaluations())::smallint[]))
    and (person_id = (select waymark.planning_person()) or evaluation_id is not null));
create policy begun_by_the_reader on waymark.protocol_draft as restrictive for insert to waymark_portal
  with check (person_id = (select waymark.planning_person()));
create policy withdrawn_by_its_writer on waymark.protocol_draft as restrictive for delete to waymark_portal
  using (person_id = (select waymark.planning_person()));

grant select, delete on waymark.protocol_draft to waymark_portal;
grant insert (person_id, evaluation_id, document, slug, title, changed_by) on waymark.protocol_draft to waymark_portal;
grant update (evaluation_id, document, slug, title, version, changed_by, changed_at) on waymark.protocol_draft to waymark_portal;

create trigger audited_insert after insert on waymark.protocol_draft referencing new table as come for each statement
  execute function waymark.audit_change('change', 'draft_id', 'person_id', 'evaluation_id', 'version');
create trigger audited_update after update on waymark.protocol_draft referencing new table as come for each statement
  execute function waymark.audit_change('change', 'draft_id', 'person_id', 'evaluation_id', 'version');
create trigger audited_delete after delete on waymark.protocol_draft referencing old table as gone for each statement
  execute function waymark.audit_change('change', 'draft_id', 'person_id', 'evaluation_id', 'version');
