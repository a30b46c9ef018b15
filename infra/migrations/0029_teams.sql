-- The team of a referral, where its newest statement names one: what is allocated in a trial of teams.
-- child_key: the person; stated_under: the key of the pseudonym the referral was stated under, as in waymark.occurrence.
create table waymark.referral_team (
  child_key    integer not null,
  record_id    uuid not null,
  stated_under integer not null,
  team         uuid not null,
  primary key (child_key, record_id, stated_under)
);
-- A team that is allocated after its children were heard of: its children are found by its pseudonym.
create index on waymark.referral_team (team);

grant select, insert, update, delete on waymark.referral_team to waymark_ingest;
grant select on waymark.referral_team to waymark_tracker;
grant select (child_key, team) on waymark.referral_team to waymark_allocation;
