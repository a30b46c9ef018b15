-- Outcomes measured in days: how long an assessment took, how many days a child was in care.
alter table waymark.outcome add column value integer check (value >= 0);
alter table waymark.frozen_outcome add column value integer;

-- The packed codes of a pre-proceedings record now say whether its end is an application to court (2: it is).
update waymark.occurrence o set detail = 2
from waymark.case_event e
where o.kind = 10 and not o.purged and e.child_key = o.child_key and e.event_id = o.event_id and e.state ? 'courtApplication';
