// Periods of care as SSDA903 chains: S opens, each change is X1 and a same-day successor, the last reason ends the period.
import type { Day } from './days.ts';
import type { CareEpisode, CarePeriod } from './facts.ts';
import * as mixes from './mixes.ts';
import { choices, type Random } from './random.ts';

export type ExitCause = 'adult' | 'death' | 'move' | 'adoption';

/** What is known of the child when care starts. */
export interface Entrant {
  ageDays: number;
  need: CareEpisode['need'];
  unaccompanied: boolean;
  /** No period goes past it. */
  exit: Day;
  exitCause: ExitCause;
  /** Whether care may start on this day: false where the intervention averts it. Asked once a start. */
  enters(start: Day): boolean;
}

export interface CareCourse {
  periods: CarePeriod[];
  adoptedOn: Day | null;
  guardianship: boolean;
  courtApplication: Day | null;
}

type Status = CareEpisode['legalStatus'];
type EndReason = CareEpisode['reasonEnded'];

const home = choices(['E4A', 70], ['E4B', 8], ['E8', 14], ['E41', 8]);
const grownUp = choices(['E5', 25], ['E6', 30], ['E7', 10], ['E17', 20], ['E8', 15]);
const REENTRY = 0.24;

/** The whole course of care that starts on `start`, with re-entries; no periods when it is averted. */
export function courseOfCare(random: Random, start: Day, entrant: Entrant): CareCourse {
  const course: CareCourse = { periods: [], adoptedOn: null, guardianship: false, courtApplication: null };
  let from = start;
  for (let spell = 0; spell < 3; spell++) {
    const chance = random.fork(spell);
    if (from >= entrant.exit || !entrant.enters(from)) return course;
    const ending = endOf(chance, from, entrant);
    const { episodes, courtApplication } = chain(chance, from, ending, entrant);
    course.periods.push({ started: from, ended: ending.on, shortBreak: false, episodes });
    course.courtApplication ??= courtApplication;
    if (ending.reason === 'E11' || ending.reason === 'E12') course.adoptedOn = ending.on;
    if (ending.reason === 'E45') course.guardianship = true;
    if (!ending.returns || !chance.chance(REENTRY)) return course;
    from = ending.on + 1 + Math.ceil(chance.logNormal(130, 1));
  }
  return course;
}

interface Ending {
  on: Day;
  reason: EndReason;
  returns: boolean;
}

function endOf(random: Random, start: Day, entrant: Entrant): Ending {
  const planned = plannedEnd(random, start, entrant);
  if (planned.on < entrant.exit) return planned;
  const cause = entrant.exitCause;
  const reason = cause === 'move' ? 'E3' : cause === 'death' ? 'E2' : random.pick(grownUp);
  return { on: entrant.exit, reason, returns: false };
}

function plannedEnd(random: Random, start: Day, entrant: Entrant): Ending {
  if (entrant.unaccompanied) return { on: entrant.exit, reason: 'E8', returns: false };
  const u = random.next();
  if (u < 0.33) return { on: start + 2 + Math.ceil(random.exponential(28)), reason: 'E4A', returns: true };
  if (u < 0.48 && entrant.ageDays < 5 * 365) {
    const reason = random.chance(0.8) ? 'E12' : 'E11';
    return { on: start + Math.ceil(random.logNormal(720, 0.25)), reason, returns: false };
  }
  if (u < 0.58) return { on: start + Math.ceil(random.logNormal(420, 0.4)), reason: 'E45', returns: false };
  return { on: start + 5 + Math.ceil(random.logNormal(700, 1)), reason: random.pick(home), returns: true };
}

/** The episodes of one period. */
function chain(random: Random, start: Day, ending: Ending, entrant: Entrant) {
  const episodes: CareEpisode[] = [];
  let status: Status = entrant.unaccompanied ? 'V2' : random.pick(mixes.firstLegalStatuses);
  let placement = random.pick(mixes.placements);
  let reasonStarted: CareEpisode['reasonStarted'] = 'S';
  let courtApplication: Day | null = status === 'C1' ? start : null;
  let from = start;
  for (;;) {
    const emergency = status === 'L1' || status === 'L2';
    const next = from + (emergency ? random.whole(2, 7) : 10 + Math.ceil(random.exponential(260)));
    const last = next >= ending.on;
    episodes.push({
      started: from,
      ended: last ? ending.on : next,
      reasonStarted,
      legalStatus: status,
      need: entrant.need,
      placement,
      reasonEnded: last ? ending.reason : 'X1',
    });
    if (last) return { episodes, courtApplication };
    reasonStarted = emergency ? 'L' : random.pick(mixes.continuations);
    if (reasonStarted === 'L' || reasonStarted === 'T' || reasonStarted === 'B') {
      const changed = statusAfter(status, random, entrant);
      if (changed === status) reasonStarted = reasonStarted === 'B' ? 'U' : 'P';
      if (changed === 'C1') courtApplication ??= next;
      status = changed;
    }
    if (reasonStarted !== 'L') placement = random.pick(mixes.placements);
    from = next;
  }
}

function statusAfter(status: Status, random: Random, entrant: Entrant): Status {
  if (entrant.unaccompanied) return 'V2';
  if (status === 'C1') return entrant.ageDays < 4 * 365 && random.chance(0.4) ? 'E1' : 'C2';
  if (status === 'C2' || status === 'E1') return status;
  return random.chance(0.65) ? 'C1' : 'V2';
}

/** Short breaks of a disabled child: V4 stays recorded one by one, or V3 as one agreed series. They carry S and are not care entry. */
export function shortBreaks(random: Random, from: Day, until: Day): CarePeriod[] {
  const one = (started: Day, ended: Day, legalStatus: 'V3' | 'V4'): CarePeriod => ({
    started,
    ended,
    shortBreak: true,
    episodes: [
      { started, ended, reasonStarted: 'S', legalStatus, need: 'N2', placement: 'U4', reasonEnded: 'E4B' },
    ],
  });
  if (random.chance(0.4)) {
    const ended = from + random.whole(120, 360);
    return ended < until ? [one(from, ended, 'V3')] : [];
  }
  const stays: CarePeriod[] = [];
  for (let stay = 0, day = from; stay < 4; stay++, day += random.whole(25, 50)) {
    const ended = day + random.whole(1, 4);
    if (ended < until) stays.push(one(day, ended, 'V4'));
  }
  return stays;
}
