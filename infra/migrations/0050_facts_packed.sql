-- A statement about a child now keeps its months of birth and death and whether the child is an unaccompanied asylum seeker in its
-- packed codes, as other records keep theirs: outcomes then need no look-up of facts. Months are counted from 1980-01, which is 1.
update waymark.occurrence o set detail =
    coalesce((extract(year from f.birth_month)::integer - 1980) * 12 + extract(month from f.birth_month)::integer, 0)
  | (coalesce((extract(year from f.death_month)::integer - 1980) * 12 + extract(month from f.death_month)::integer, 0) << 11)
  | (case f.unaccompanied when true then 2 when false then 1 else 0 end << 22)
from waymark.child_fact f
where o.kind = 1 and not o.purged
  and f.child_key = o.child_key and f.record_id = o.record_id and f.stated_under = o.stated_under;
