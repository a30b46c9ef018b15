// Trials that give arms to single rows, for the methods that know no clusters.
import { type Integers, integers, zeros } from '../../arrays.ts';
import type { Random } from '../../random.ts';
import { exponential } from '../../variates.ts';
import { type Scenario, tableOf, type World } from '../world.ts';

const PER_CLUSTER = 25;
const DIFFERENCE = 0.3;
const LOG_ODDS = 0.5;
/** Log odds of the event among controls by stratum. */
const STRATA = [-1.6, -1, -0.6, 0];
const RATE = -Math.log(0.65) / 365;
const LOG_HAZARD_RATIO = Math.log(1.5);
/** Share of controls in whom the first cause ever happens. */
const EVER = 0.45;
export const HORIZON = 365;
export const TAU = 300;

const expit = (x: number): number => 1 / (1 + Math.exp(-x));
const survival = (days: number, planted: boolean): number =>
  Math.exp(-RATE * days * (planted ? Math.exp(LOG_HAZARD_RATIO) : 1));

/** First cause by Fine and Gray's (1999, JASA 94:496, sec. 5) law with proportional subdistribution hazards, else the second. */
function competing(treated: boolean, source: Random): { day: number; cause: number } {
  const ratio = treated ? Math.exp(LOG_HAZARD_RATIO) : 1;
  const reached = (1 - source.uniform() ** (1 / ratio)) / EVER;
  if (reached < 1) return { day: Math.ceil(-Math.log(1 - reached) / RATE), cause: 1 };
  return { day: Math.ceil(exponential(source) / RATE), cause: 2 };
}

function firstIncidence(planted: boolean): number {
  const ratio = planted ? Math.exp(LOG_HAZARD_RATIO) : 1;
  return 1 - (1 - EVER * (1 - Math.exp(-RATE * HORIZON))) ** ratio;
}

function area(planted: boolean): number {
  let days = 0;
  for (let day = 0; day < TAU; day++) days += survival(day, planted);
  return days;
}

function riskDifference(planted: boolean): number {
  const treated = STRATA.map((a) => expit(a + (planted ? LOG_ODDS : 0)));
  return treated.reduce((sum, p, s) => sum + p - expit(STRATA[s] ?? 0), 0) / STRATA.length;
}

function riskRatio(planted: boolean): number {
  const control = STRATA.reduce((sum, a) => sum + expit(a), 0) / STRATA.length;
  return Math.log((control + riskDifference(planted)) / control);
}

function drawRows({ clusters, planted }: Scenario, source: Random) {
  const n = clusters * PER_CLUSTER;
  const stratum: Integers = integers(n);
  const [arm, y, d, time, event, day, cause] = [
    zeros(n),
    zeros(n),
    zeros(n),
    zeros(n),
    zeros(n),
    zeros(n),
    zeros(n),
  ];
  for (let i = 0; i < n; i++) {
    arm[i] = i % 2;
    const treated = planted && arm[i] === 1;
    stratum[i] = source.below(STRATA.length);
    y[i] = (treated ? DIFFERENCE : 0) + source.normal();
    d[i] = source.uniform() < expit((STRATA[stratum[i]] ?? 0) + (treated ? LOG_ODDS : 0)) ? 1 : 0;
    const end = 300 + source.below(241);
    const own = Math.ceil(exponential(source) / (RATE * (treated ? Math.exp(LOG_HAZARD_RATIO) : 1)));
    time[i] = Math.min(own, end);
    event[i] = own <= end ? 1 : 0;
    const other = competing(treated, source);
    day[i] = Math.min(other.day, end);
    cause[i] = other.day <= end ? other.cause : 0;
  }
  return tableOf(
    { arm, y, d, time, event, day, cause },
    { stratum: { codes: stratum, count: STRATA.length } },
  );
}

export const individuals: World = {
  name: 'individuals',
  layout:
    'Rows given an arm one by one, 25 for each "cluster" of the column: an event d by four strata (log odds ratio 0.5), a mean y (difference 0.3), days to an event (hazard ratio 1.5) and to the first of two causes (subdistribution hazard ratio 1.5), followed for 300 to 540 days.',
  iccs: [0],
  draw: drawRows,
  truth: ({ planted }) => ({
    mean: planted ? DIFFERENCE : 0,
    riskDifference: riskDifference(planted),
    logRisk: riskRatio(planted),
    logOdds: planted ? LOG_ODDS : 0,
    logHazard: planted ? LOG_HAZARD_RATIO : 0,
    survivalDifference: survival(HORIZON, planted) - survival(HORIZON, false),
    incidenceDifference: firstIncidence(planted) - firstIncidence(false),
    meanDifference: area(planted) - area(false),
  }),
};
