// Families and what happens to them: who the children are, and the calendar of incidents that may bring a referral.
// Nothing here depends on the arm: both lives of a family meet the same incidents.

import { type Day, firstOfMonth, type Month, monthOfDay, weekday } from './days.ts';
import type { ReferralState } from './facts.ts';
import * as mixes from './mixes.ts';
import type { Random } from './random.ts';
import type { CouncilProfile, World } from './world.ts';

export type Need = NonNullable<ReferralState['primaryNeed']>;
export type Source = NonNullable<ReferralState['source']>;

export interface Child {
  at: number;
  localId: string;
  birthMonth: Month;
  /** What was expected before birth; the same as `birthMonth` for four in five. */
  expectedMonth: Month;
  /** Somewhere in the birth month: only the simulator knows. */
  born: Day;
  /** The first day of the month of the eighteenth birthday. */
  adult: Day;
  dies: Day;
  sex: 'M' | 'F' | 'U';
  ethnicity: ReturnType<typeof pickEthnicity> | undefined;
  disabilities: ReturnType<typeof pickDisability>[];
  /** Child protection plans under another council before this one knew the child: reported, never in its records. */
  plansElsewhere: number;
}

/** A day on which something happens that may be referred, with what brothers and sisters share if it is. */
export interface Incident {
  at: number;
  day: Day;
  need: Need;
  source: Source;
  /** The child whom it is about: always referred. The others may be. */
  focal: number;
  /** How serious it is: a standard normal. */
  severity: number;
  nfa: number;
}

export interface Family {
  council: CouncilProfile;
  at: number;
  localId: string;
  random: Random;
  unaccompanied: boolean;
  children: Child[];
  incidents: Incident[];
  /** The need for which the family is mostly referred. */
  usualNeed: Need;
  /** How grave the family's troubles are: a standard normal. */
  gravity: number;
  /** The day the family moves to another council; Infinity when it stays. */
  leaves: Day;
  deprivationDecile: number;
}

const pickEthnicity = (random: Random) => random.pick(mixes.ethnicities);
const pickDisability = (random: Random) => random.pick(mixes.disabilities);

/** Days; the hazard of a further incident s days after the last is near * exp(-s / NEAR) + far * exp(-s / FAR). */
const AGAIN = { near: 0.0021, nearDays: 160, far: 0.00042, farDays: 1500, frailtyVariance: 0.6 };
const UNACCOMPANIED_SHARE = 0.016;
const MOVES_PER_DAY = 0.02 / 365;
const DEATHS_PER_DAY = 0.0003 / 365;
const YEAR = 365.25;

/** The families of one council, first known from the burn-in to the end of the world, one at a time. */
export function* familiesOf(world: World, council: CouncilProfile): Generator<Family> {
  const random = world.random.fork(2, council.at);
  const years = (world.to - world.from) / YEAR;
  const count = random.poisson(council.planned.familiesPerYear * years);
  for (let at = 0; at < count; at++) yield familyAt(world, council, at, random.fork(at));
}

function familyAt(world: World, council: CouncilProfile, at: number, random: Random): Family {
  const firstWork = random.next() * world.season.total;
  const first = world.season.dayAt(firstWork);
  const unaccompanied = random.chance(UNACCOMPANIED_SHARE);
  const frailty = random.gammaOfMeanOne(AGAIN.frailtyVariance);
  const gravity = 0.45 * Math.log(Math.max(frailty, 0.05)) + 0.85 * random.normal();
  const localId = `${council.planned.code}-${at}`;
  const family: Family = {
    council,
    at,
    localId,
    random,
    unaccompanied,
    children: [],
    incidents: [],
    usualNeed: unaccompanied ? 'N8' : random.pick(mixes.primaryNeeds),
    gravity,
    leaves: first + 1 + Math.floor(random.exponential(1 / MOVES_PER_DAY)),
    deprivationDecile: Math.min(10, 1 + Math.floor(random.next() ** 1.6 * 10)),
  };
  const ethnicity = random.chance(0.06) ? undefined : pickEthnicity(random);
  family.children = birthDays(random.fork(1), first, unaccompanied).map((born, n) =>
    childAt(family, n, born, first, ethnicity, random.fork(2, n)),
  );
  family.incidents = incidentsOf(world, family, firstWork, frailty * council.rereferral, random.fork(3));
  return family;
}

/** Days of birth, eldest first. The child of the first incident has the age that first referrals have; others are spaced about it. */
function birthDays(random: Random, first: Day, unaccompanied: boolean): Day[] {
  if (unaccompanied) return [first - Math.floor((15.6 + 2 * random.next()) * YEAR)];
  const [youngest, oldest] = random.pick(mixes.firstReferralAges);
  const focal = first - Math.floor((youngest + random.next() * (oldest - youngest)) * YEAR);
  const days = [focal];
  const others = random.pick(mixes.childrenInFamily) - 1;
  for (let i = 0; i < others; i++) {
    const spacing = Math.floor((1.3 + random.exponential(1.7)) * YEAR);
    if (random.chance(0.5)) days.unshift((days[0] ?? focal) - spacing);
    else days.push((days[days.length - 1] ?? focal) + spacing);
  }
  // A brother or sister already grown up, or born more than six years on, is never known to the council.
  return days.filter((day) => first - day < 17.9 * YEAR && day - first < 6 * YEAR);
}

function childAt(
  family: Family,
  at: number,
  born: Day,
  first: Day,
  ethnicity: Child['ethnicity'],
  random: Random,
): Child {
  const birthMonth = monthOfDay(born);
  const disabled = random.chance(family.usualNeed === 'N2' ? 0.65 : 0.08);
  const hadPlan = -1.85 + family.council.priorPlanShift + 0.25 * family.gravity;
  const plansElsewhere = random.chance(1 / (1 + Math.exp(-hadPlan))) ? 1 + (random.chance(0.2) ? 1 : 0) : 0;
  return {
    at,
    localId: `${family.localId}-${at}`,
    birthMonth,
    expectedMonth: birthMonth + (random.chance(0.8) ? 0 : 1),
    born,
    adult: firstOfMonth(birthMonth + 216),
    dies: Math.max(born, first) + 1 + Math.floor(random.exponential(1 / DEATHS_PER_DAY)),
    sex: random.pick(mixes.sexes),
    ethnicity,
    disabilities: disabled ? [...new Set([pickDisability(random), pickDisability(random)])] : [],
    plansElsewhere: family.unaccompanied || first - born < 2 * YEAR ? 0 : plansElsewhere,
  };
}

function incidentsOf(
  world: World,
  family: Family,
  firstWork: number,
  hazard: number,
  random: Random,
): Incident[] {
  const incidents: Incident[] = [];
  let work = firstWork;
  let last = -1;
  for (let at = 0; ; at++) {
    const day = Math.max(workingDay(world.season.dayAt(work), random), last + 1);
    if (day > world.to) return incidents;
    incidents.push({
      at,
      day,
      need: family.unaccompanied || random.chance(0.65) ? family.usualNeed : random.pick(mixes.primaryNeeds),
      source: random.pick(mixes.referralSources),
      focal: random.whole(0, family.children.length - 1),
      severity: random.normal(),
      nfa: random.next(),
    });
    last = day;
    if (family.unaccompanied) return incidents;
    const wait = waitAfter(random.exponential(1) / hazard);
    if (wait === Number.POSITIVE_INFINITY) return incidents;
    work += wait;
  }
}

/** Offices are closed at weekends: four in five weekend referrals are dated the Monday. */
function workingDay(day: Day, random: Random): Day {
  const closed = random.chance(0.8);
  const on = weekday(day);
  return closed && (on === 0 || on === 6) ? day + (on === 6 ? 2 : 1) : day;
}

/** The wait whose accumulated hazard is `target`; infinite when the hazard dies away first. */
function waitAfter(target: number): number {
  const { near, nearDays, far, farDays } = AGAIN;
  const accumulated = (s: number) =>
    near * nearDays * (1 - Math.exp(-s / nearDays)) + far * farDays * (1 - Math.exp(-s / farDays));
  if (target >= near * nearDays + far * farDays) return Number.POSITIVE_INFINITY;
  let low = 0;
  let high = 12 * farDays;
  for (let i = 0; i < 30; i++) {
    const middle = (low + high) / 2;
    if (accumulated(middle) < target) low = middle;
    else high = middle;
  }
  return high;
}
