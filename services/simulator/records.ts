// A child's history as the records a council keeps: each a list of full states, one for every day on which it would be saved again.
import type { RecordKind, RecordState } from '../../schemas/records.ts';
import { type Day, monthOfDay, monthText, text } from './days.ts';
import type {
  CareEpisode,
  CpPlan,
  EarlyHelp,
  FamilyMeeting,
  History,
  Involvement,
  PreProceedings,
} from './facts.ts';
import type { Child, Family } from './family.ts';

export interface Version {
  /** The day of the fact that this state adds. */
  on: Day;
  state: RecordState;
}

export interface KeptRecord {
  kind: RecordKind;
  /** Unique among the child's records of its kind. */
  localId: string;
  versions: Version[];
}

/** The records of work not ended before `historyFrom` nor begun after `through`; none for a child without such work. */
export function recordsOf(history: History, historyFrom: Day, through: Day): KeptRecord[] {
  const records: KeptRecord[] = [];
  const keep = (kind: RecordKind, localId: string | number, versions: Version[]) => {
    if ((versions[0]?.on ?? through) <= through) records.push({ kind, localId: String(localId), versions });
  };
  for (const involvement of history.involvements) {
    if (involvement.closed < historyFrom || involvement.day > through) continue;
    const { incident, assessment, section47, cpPlan, preProceedings } = involvement;
    keep('referral', incident, referral(involvement));
    if (assessment) {
      const { started, authorised, factors } = assessment;
      const done = authorised !== null && [
        { on: authorised, state: { started: text(started), authorised: text(authorised), factors } },
      ];
      keep('assessment', incident, [{ on: started, state: { started: text(started) } }, ...(done || [])]);
    }
    if (section47) {
      const started = text(section47.started);
      const { conference } = section47;
      keep('section-47', incident, [
        { on: section47.started, state: { started } },
        conference === null
          ? {
              on: Math.min(section47.started + 12, involvement.closed),
              state: { started, conferenceNotRequired: true },
            }
          : {
              on: conference,
              state: { started, initialConference: text(conference), conferenceNotRequired: false },
            },
      ]);
    }
    involvement.cinPlans.forEach(({ started, ended }, at) => {
      keep('cin-plan', `${incident}-${at}`, [
        { on: started, state: { started: text(started) } },
        { on: ended, state: { started: text(started), ended: text(ended) } },
      ]);
    });
    if (cpPlan) keep('cp-plan', incident, cp(cpPlan));
    if (preProceedings) keep('pre-proceedings', incident, proceedings(preProceedings));
  }
  history.care.forEach((period, p) => {
    if (period.ended < historyFrom) return;
    period.episodes.forEach((one, e) => {
      keep('care-episode', `${p}-${e}`, episode(one));
    });
  });
  history.earlyHelp.forEach((help, at) => {
    if (help.ended >= historyFrom) keep('early-help', at, earlyHelp(help));
  });
  if (history.meeting) keep('family-meeting', 0, meeting(history.meeting));
  return records;
}

function referral(one: Involvement): Version[] {
  const opened = { date: text(one.day), source: one.source, primaryNeed: one.need, noFurtherAction: one.nfa };
  const closed = { ...opened, closedOn: text(one.closed), closureReason: one.closureReason };
  if (one.nfa) return [{ on: one.closed, state: closed }];
  return [
    { on: one.day, state: opened },
    { on: one.closed, state: closed },
  ];
}

const REVIEW_DAYS = 91;

function cp(plan: CpPlan): Version[] {
  const opened = {
    started: text(plan.started),
    initialCategory: plan.initial,
    latestCategory: plan.initial,
    previousPlans: plan.previousPlans,
    heldForAnotherAuthority: plan.heldForAnotherAuthority,
  };
  const reviews: string[] = [];
  for (let on = plan.started + REVIEW_DAYS; on < plan.ended; on += 2 * REVIEW_DAYS) reviews.push(text(on));
  const ended = { ...opened, ended: text(plan.ended), latestCategory: plan.latest, reviews };
  return [
    { on: plan.started, state: opened },
    { on: plan.ended, state: ended },
  ];
}

function episode(one: CareEpisode): Version[] {
  const opened = {
    started: text(one.started),
    reasonStarted: one.reasonStarted,
    legalStatus: one.legalStatus,
    need: one.need,
    placement: one.placement,
  };
  return [
    { on: one.started, state: opened },
    { on: one.ended, state: { ...opened, ended: text(one.ended), reasonEnded: one.reasonEnded } },
  ];
}

function earlyHelp(help: EarlyHelp): Version[] {
  const opened = { started: text(help.started), leadPractitioner: help.lead };
  return [
    { on: help.started, state: opened },
    { on: help.ended, state: { ...opened, ended: text(help.ended), endReason: help.endReason } },
  ];
}

function meeting(one: FamilyMeeting): Version[] {
  const offered = text(one.offered);
  const answer = { offered, accepted: one.accepted };
  const versions: Version[] = [
    { on: one.offered, state: { offered } },
    { on: one.answered, state: answer },
  ];
  if (one.held !== null) {
    versions.push({ on: one.held, state: { ...answer, held: text(one.held), planAgreed: one.planAgreed } });
  }
  return versions;
}

function proceedings(one: PreProceedings): Version[] {
  const letterSent = text(one.started);
  const court = one.courtApplication;
  const ended = {
    letterSent,
    ended: text(one.ended),
    outcome: court === null ? ('no-proceedings' as const) : ('proceedings-issued' as const),
    ...(court !== null && { courtApplication: text(court) }),
  };
  return [
    { on: one.started, state: { letterSent } },
    { on: one.ended, state: ended },
  ];
}

/** The record about the child: first known on `known`; again at birth and at death. */
export function childRecord(
  family: Family,
  child: Child,
  known: Day,
  exit: Day,
  pseudonym: string,
): KeptRecord {
  const born = {
    birthMonth: monthText(child.birthMonth),
    unborn: false,
    sex: child.sex,
    ...(child.ethnicity && { ethnicity: child.ethnicity }),
    disabilities: child.disabilities.length > 0 ? child.disabilities : ['NONE' as const],
    unaccompaniedAsylumSeeker: family.unaccompanied,
    deprivationDecile: family.deprivationDecile,
    family: pseudonym,
  };
  const versions: Version[] = [];
  if (known < child.born) {
    const expected = { birthMonth: monthText(child.expectedMonth), unborn: true, family: pseudonym };
    versions.push({ on: known, state: { ...expected, deprivationDecile: family.deprivationDecile } });
  }
  if (known >= child.born || child.born <= exit)
    versions.push({ on: Math.max(known, child.born), state: born });
  if (exit === child.dies) {
    versions.push({ on: child.dies, state: { ...born, deathMonth: monthText(monthOfDay(child.dies)) } });
  }
  return { kind: 'child', localId: 'child', versions };
}
