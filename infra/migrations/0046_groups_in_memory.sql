-- Releases, and what is told of an earlier day, are judged beside the groups that readers were shown; the order in which those were
-- shown is kept: what was shown after a release was checked makes the check out of date.
alter table waymark.shown_group add column shown_number bigint generated always as identity;
grant select on waymark.shown_group to waymark_tracker, waymark_look_back;
grant select (evaluation_id, wave, horizon, frozen_at) on waymark.milestone to waymark_look_back;
-- Of final outcomes only how many children are at risk.
grant select (evaluation_id, wave, horizon, arm, outcome, state) on waymark.frozen_outcome to waymark_look_back;
