-- Recruitment and balance, for those who work on an evaluation: counts over its children, which the portal cannot look up
-- itself. Nothing here is an outcome.

-- Whether the reader of this transaction works on the evaluation.
create function waymark.works_on(of_evaluation smallint) returns boolean
language sql stable security definer set search_path = pg_catalog
begin atomic
  select of_evaluation = any (waymark.readable_evaluations())
    and current_setting('waymark.reader_role', true) in ('evaluator', 'output-checker', 'operator');
end;

-- Children who were screened, by council and the month of their index day (null without one). reason: null for those enrolled.
create function waymark.recruitment_of(of_evaluation smallint) returns table (council text, month date, reason text, children integer)
language sql stable security definer set search_path = pg_catalog
begin atomic
  select c.code, date_trunc('month', r.index_day)::date, r.reason, count(*)::integer
  from (
    select p.council_id, p.index_day, null::text as reason from waymark.participant p where p.evaluation_id = of_evaluation
    union all
    select k.council_id, s.index_day, s.reason
    from waymark.screening s join waymark.child k using (child_key)
    where s.evaluation_id = of_evaluation and s.reason is not null
  ) r join waymark.council c using (council_id)
  where waymark.works_on(of_evaluation)
  group by 1, 2, 3;
end;

-- Whether what was known of children at their start may be told apart by arm. While units are still being given their arms
-- one by one, it may not: whoever recruits could reckon from it which arm comes next.
create function waymark.arms_told_apart(of_evaluation smallint) returns boolean
language sql stable security definer set search_path = pg_catalog
begin atomic
  select e.unblinded or e.stage in ('following', 'analysed', 'released', 'closed')
    or coalesce(e.protocol -> 'allocation' ->> 'method', '') not in ('list', 'seeded', 'concealed')
  from waymark.evaluation e where e.evaluation_id = of_evaluation;
end;

-- What was known of participants on their index day, or does not change: numbers of children by fact, value and arm. value:
-- null where not known. arm: null where arms are not told apart. `referral`: the packed codes of the index referral.
create function waymark.baseline_of(of_evaluation smallint) returns table (fact text, value text, arm smallint, children integer)
language sql stable security definer set search_path = pg_catalog
begin atomic
  with known as materialized (
    select case when waymark.arms_told_apart(of_evaluation) then p.arm end as arm,
      greatest(0, extract(year from age(p.index_day, k.birth_month)))::integer as age,
      k.sex, k.ethnicity, k.disabled, k.unaccompanied, k.deprivation_decile, r.detail
    from waymark.participant p
    -- offset: else what is known of every child in the store is worked out first.
    left join lateral (select * from waymark.child_known f where f.child_key = p.child_key offset 0) k on true
    left join waymark.occurrence r on r.child_key = p.child_key and r.kind = 2 and r.record_id = p.index_record
      and r.stated_under = p.index_child and not r.purged
    where p.evaluation_id = of_evaluation and waymark.works_on(of_evaluation)
  )
  select v.fact, v.value, n.arm, sum(n.children)::integer
  from (select k.arm, k.age, k.sex, k.ethnicity, k.disabled, k.unaccompanied, k.deprivation_decile, k.detail, count(*) as children
    from known k group by 1, 2, 3, 4, 5, 6, 7, 8) n
  cross join lateral (values ('age', n.age::text), ('sex', n.sex), ('ethnicity', n.ethnicity), ('disabled', n.disabled::text),
    ('unaccompanied', n.unaccompanied::text), ('deprivation-decile', n.deprivation_decile::text), ('referral', n.detail::text))
    as v(fact, value)
  group by 1, 2, 3;
end;

revoke all on function waymark.works_on, waymark.recruitment_of, waymark.arms_told_apart, waymark.baseline_of from public;
grant execute on function waymark.works_on, waymark.recruitment_of, waymark.arms_told_apart, waymark.baseline_of to waymark_portal;
