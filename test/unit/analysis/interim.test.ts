// Looks before the end: when they are due, what they may spend, and that all of them together keep to the plan's level.
import { readFileSync } from 'node:fs';
import beta from '@stdlib/stats-base-dists-beta';
import { describe, expect, it } from 'vitest';
import { AnalysisRecord, type Estimate } from '../../../schemas/analysis.ts';
import { analyse } from '../../../services/analysis/plan/analyse.ts';
import { type EarlierLook, interimOf } from '../../../services/analysis/plan/interim.ts';
import type { AnalysisParticipant } from '../../../services/analysis/plan/participant.ts';
import { reportPage } from '../../../services/analysis/report/page.ts';
import { careEntry } from '../../../services/outcomes/definitions.ts';
import {
  normalQuantile,
  normalUpper,
  tQuantile,
  tUpper,
} from '../../../services/statistics/distributions.ts';
import { GOLDEN } from '../statistics/golden.ts';
import { invented, plannedProtocol, snapshotOf, uniform } from './plan-world.ts';

const THIRDS = [0.3333, 0.6666, 1];

/** A plan with looks, no covariates and one outcome: what is tested here is when and against what. */
const withLooks = (interim: Record<string, unknown> = {}, change: Record<string, unknown> = {}) =>
  plannedProtocol(
    { horizons: [12], outcomes: [careEntry], ...change },
    {
      covariates: [],
      model: { method: 'linear' },
      interim: { information: THIRDS, spending: 'obrien-fleming', ...interim },
    },
  );

/** The outcome at 12 months alone, known of the first so many families. */
const knownOf = (participants: readonly AnalysisParticipant[], families: number): AnalysisParticipant[] =>
  participants.map((one) => ({
    ...one,
    outcomes: [{ ...one.outcomes[1]!, matured: Number(one.unit.slice(1)) < families }],
  }));

interface Look {
  protocol?: ReturnType<typeof withLooks>;
  earlier?: EarlierLook[];
  through?: string;
  accept?: string;
}

const look = (
  participants: readonly AnalysisParticipant[],
  { protocol = withLooks(), earlier = [], through = '2026-06-30', accept }: Look = {},
): AnalysisRecord =>
  analyse(
    protocol,
    { ...snapshotOf(participants), lastDay: () => through, earlier },
    [
      // Families come in turn and not by lot: the arms' shares of children followed may differ.
      { gate: 'differential-maturity', by: 'A. Monitor', reason: 'by construction' },
      ...(accept === undefined ? [] : [{ gate: 'interim-look', by: 'A. Monitor', reason: accept }]),
    ],
    'test',
  );

/** A look made before, when so many of the children there are now were followed, at that share unless another was reckoned. */
const made = (participants: readonly AnalysisParticipant[], of: number, share = of): EarlierLook => ({
  share,
  followed: Math.round(of * participants.length),
});

const gateOf = (record: AnalysisRecord) => record.gates.find(({ id }) => id === 'interim-look')!;

describe('a look', () => {
  const everybody = invented({ families: 300 });

  it('counts only children followed to the end as information', () => {
    const half = knownOf(everybody, 150);
    const { interim } = look(half);
    const followed = half.filter(({ outcomes }) => outcomes[0]!.matured).length;
    expect(interim).toMatchObject({ followed, final: half.length, share: followed / half.length, due: true });
  });

  it('that is not due shows no effect, no risk and no statistic', () => {
    const record = AnalysisRecord.parse(look(knownOf(everybody, 60)));
    expect(gateOf(record).state).toBe('failed');
    expect(record.withheld).toBe(true);
    expect(record.results[0]!.estimates).toEqual([]);
    expect(record.interim).toMatchObject({ due: false, now: null });
    expect(record.interim!.looks.every(({ state }) => state === 'to-come')).toBe(true);
    expect(reportPage(record)).not.toContain('The statistic is');
  });

  it('that was made is not due again until the next one is', () => {
    const [first, second] = [made(everybody, 0.34), made(everybody, 0.7)];
    const stateAt = (families: number, earlier: EarlierLook[]) =>
      gateOf(look(knownOf(everybody, families), { earlier })).state;
    expect(stateAt(150, [first])).toBe('failed');
    expect(stateAt(240, [first])).toBe('passed');
    expect(stateAt(300, [first, second])).toBe('passed');
    // A look made late is the second one too; one that somebody insisted on between takes no planned one's place.
    expect(stateAt(240, [second])).toBe('failed');
    expect(stateAt(240, [first, made(everybody, 0.5)])).toBe('passed');
    expect(gateOf(look(knownOf(everybody, 240), { earlier: [second] })).words).toContain('look 3 of 3');
  });

  it('that somebody insists on spends what the function allows at its share', () => {
    const half = knownOf(everybody, 150);
    const { interim } = look(half, {
      earlier: [made(everybody, 0.34)],
      accept: 'a question of safety',
    });
    expect(interim!.looks.map(({ state }) => state)).toEqual(['made', 'now', 'to-come', 'to-come']);
    expect(interim!.looks[1]!.information).toBe(interim!.share);
    expect(interim!.looks.at(-1)!.spent).toBeCloseTo(0.05, 10);
  });

  it('is unknown while recruitment goes on and the plan does not say for how many children it is', () => {
    const half = knownOf(everybody, 150);
    const going = { through: '2024-10-31' };
    expect(gateOf(look(half, going)).words).toContain('does not say how many');
    const protocol = withLooks({ participants: 2000 });
    expect(look(half, { ...going, protocol }).interim).toMatchObject({ final: 2000, due: false });
    // Once it is over, those who came are all there will be.
    expect(look(half, { protocol }).interim!.final).toBe(half.length);
  });

  it('is made of more children than those before it, though they be a smaller share of a study that grew', () => {
    const half = knownOf(everybody, 150);
    for (const earlier of [[made(everybody, 0.9)], [made(everybody, 0.4), made(everybody, 0.3)]])
      expect(() => look(half, { earlier })).toThrow(expect.objectContaining({ code: 'earlier-looks' }));
    const grown = look(half, { earlier: [made(everybody, 0.4, 0.7)], accept: 'a question of safety' });
    expect(grown.interim!.due).toBe(false);
    expect(grown.interim!.looks.map(({ time, spent }) => [time, spent])).toEqual([
      [0.7, expect.any(Number)],
      [0.7, grown.interim!.looks[0]!.spent],
      [1, expect.closeTo(0.05, 12)],
    ]);
    expect(grown.interim!.now!.crossed).toBe('none');
  });

  it('shows its table in the report', () => {
    const page = reportPage(AnalysisRecord.parse(look(knownOf(everybody, 150))));
    expect(page).toContain('Looks and their boundaries');
    expect(page).toContain('The statistic is');
  });

  it('finds help and harm on their own sides', () => {
    const [helps, harms] = [0.25, -0.25].map((effect) =>
      look(knownOf(invented({ families: 600, effect, risk: 0.4 }), 240), {
        protocol: withLooks({ harm: { alpha: 0.05, spending: 'pocock' } }),
      }),
    );
    expect(helps!.interim!.now).toMatchObject({ crossed: 'fewer-events', harm: { crossed: false } });
    expect(harms!.interim!.now).toMatchObject({ crossed: 'more-events', harm: { crossed: true } });
    const { interval } = helps!.interim!.now!;
    const { estimate, upper } = helps!.results[0]!.estimates.find(
      ({ measure }) => measure === 'risk-difference',
    )!;
    expect(interval!.lower).toBeLessThan(estimate!);
    expect(interval!.upper).toBeGreaterThan(upper!);
  });
});

interface Reference {
  name: string;
  spec: {
    method: string;
    spending: 'obrien-fleming' | 'pocock' | 'hwang-shih-decani';
    gamma?: number;
    alpha: number;
    sided: 1 | 2;
    information: number[];
    spendingTime?: number[];
  };
  expect: { $z: number[]; $spent: number[] };
  tolerance: number;
}

/** Reference boundaries of looks that spend: R's rpact, and scipy on a grid. */
const references = ['reference.json', 'awkward-python.json']
  .flatMap((file) => (JSON.parse(readFileSync(`${GOLDEN}${file}`, 'utf8')) as { cases: Reference[] }).cases)
  .filter(({ spec }) => spec.method === 'group-sequential' && !spec.spending.startsWith('classic'));

type Looks = Pick<Reference['spec'], 'spending' | 'gamma' | 'alpha' | 'information' | 'spendingTime'>;

/** So many children that a share of them is a share to twelve digits. */
const MANY = 1e12;

/** What the record of look `at` says, made after those before it, of a statistic; harm is watched with the same function. */
function stateOf(
  { spending, gamma, alpha, information, spendingTime = information }: Looks,
  at: number,
  planned: Estimate,
) {
  const children = (look: number) => Math.round(MANY * (information[look] ?? 0));
  const protocol = plannedProtocol(
    {},
    {
      alpha,
      interim: {
        information: spendingTime,
        spending,
        gamma,
        harm: { alpha, spending },
      },
    },
  );
  const earlier = spendingTime.slice(0, at).map((share, look) => ({ share, followed: children(look) }));
  // The final information is what it was reckoned then: the share is the time at which alpha is spent.
  const [followed, share] = [children(at), spendingTime[at]!];
  const timing = { followed, final: followed / share, share, due: true, earlier };
  return interimOf(protocol.analysis!, timing, planned, false)!;
}

/** The estimate of a difference with this statistic, on a t reference unless told. */
const estimateOf = (statistic: number, degreesOfFreedom: number | null = null): Estimate => ({
  measure: 'risk-difference',
  estimate: statistic * 0.02,
  standardError: 0.02,
  lower: null,
  upper: null,
  p:
    2 *
    (degreesOfFreedom === null ? normalUpper : (t: number) => tUpper(t, degreesOfFreedom))(
      Math.abs(statistic),
    ),
  degreesOfFreedom,
  method: 'linear',
  variance: 'CR2',
  adjusted: false,
  n: 1,
  clusters: 1,
  warnings: [],
});

const isAbout = (found: number, wanted: number, tolerance: number) =>
  expect(Math.abs(found - wanted), `${found} and not ${wanted}`).toBeLessThanOrEqual(10 * tolerance * wanted);

describe('boundaries are those of the references', () => {
  const both = references.filter(({ spec }) => spec.sided === 2);

  it.each(both.map((one) => [one.name, one] as const))(
    'at every look as it comes: %s',
    (_, { spec, expect: to, tolerance }) => {
      spec.information.forEach((_share, at) => {
        const made = stateOf(spec, at, estimateOf(0)).looks[at]!;
        isAbout(made.boundary, to.$z[at]!, tolerance);
        isAbout(made.p, 2 * normalUpper(to.$z[at]!), 20 * tolerance);
        isAbout(made.spent, to.$spent[at]!, tolerance);
      });
    },
  );

  it('of looks to come, in the record of an analysis', () => {
    const few = knownOf(invented({ families: 90 }), 9);
    for (const { spec, expect: to, tolerance } of both.filter((one) => !one.spec.spendingTime)) {
      const { spending, information, gamma } = spec;
      const { interim } = look(few, { protocol: withLooks({ spending, information, gamma }) });
      interim!.looks.forEach(({ boundary }, at) => {
        isAbout(boundary, to.$z[at]!, tolerance);
      });
    }
  });

  it('of harm, on one side', () => {
    const one = references.filter(({ spec }) => spec.sided === 1 && spec.spending !== 'hwang-shih-decani');
    expect(one.length).toBeGreaterThan(10);
    for (const { spec, expect: to, tolerance } of one)
      spec.information.forEach((_share, at) => {
        const beyond = stateOf(spec, at, estimateOf(to.$z[at]! + 1e-4)).now!.harm!;
        isAbout(beyond.boundary, to.$z[at]!, tolerance);
        expect(beyond.crossed).toBe(true);
        expect(stateOf(spec, at, estimateOf(to.$z[at]! - 1e-4)).now!.harm!.crossed).toBe(false);
        expect(stateOf(spec, at, estimateOf(-to.$z[at]! - 1e-4)).now!.harm!.crossed).toBe(false);
      });
  });
});

describe('a statistic', () => {
  const looks: Looks = { spending: 'obrien-fleming', alpha: 0.05, information: [0.02, 0.5, 1] };

  it.each([null, 3.7, 40])(
    'crosses where its interval leaves out no difference, on %s degrees of freedom',
    (df) => {
      looks.information.forEach((_share, at) => {
        const { boundary } = stateOf(looks, at, estimateOf(0)).looks[at]!;
        for (const [away, crosses] of [
          [1e-6, true],
          [-1e-6, false],
        ] as const)
          for (const side of [1, -1]) {
            // The t whose p is that of this standard normal.
            const size = -tQuantile(normalUpper(boundary + away), df ?? Number.POSITIVE_INFINITY);
            const { crossed, interval, statistic } = stateOf(looks, at, estimateOf(side * size, df)).now!;
            expect(statistic).toBeCloseTo(side * (boundary + away), 8);
            expect(crossed).toBe(crosses ? (side > 0 ? 'more-events' : 'fewer-events') : 'none');
            expect(interval!.lower > 0 || interval!.upper < 0).toBe(crosses);
          }
      });
    },
  );
});

/** How often at most so extreme a count comes on either side, of `n` at `p`: exact binomial tails. */
const tailOf = (count: number, n: number, p: number): number =>
  Math.min(
    count === 0 ? 1 : beta.cdf(p, count, n - count + 1),
    count === n ? 1 : 1 - beta.cdf(p, count + 1, n - count),
  );

it.each<[string, Looks]>([
  ['thirds', { spending: 'pocock', alpha: 0.05, information: [1 / 3, 2 / 3, 1] }],
  ['looks close together', { spending: 'obrien-fleming', alpha: 0.05, information: [0.6, 0.65, 0.97, 1] }],
  [
    'a function of its own',
    { spending: 'hwang-shih-decani', gamma: 1, alpha: 0.1, information: [0.2, 0.7, 1] },
  ],
  [
    'half as many again as planned',
    { spending: 'pocock', alpha: 0.05, information: [0.2, 0.4667, 1], spendingTime: [0.3, 0.7, 1] },
  ],
  [
    'fewer than half of those planned',
    { spending: 'pocock', alpha: 0.05, information: [0.4444, 0.8889, 1], spendingTime: [0.2, 0.4, 1] },
  ],
])('without an effect, looks reject by then what they may and no more: %s', (_, looks) => {
  const PATHS = 100_000;
  const random = uniform(20_261_126);
  const draw = () => normalQuantile(Math.max(random(), 2 ** -33));
  const states = looks.information.map((_share, at) => stateOf(looks, at, estimateOf(0)));
  const boundaries = states.map(({ looks: made }, at) => made[at]!.boundary);
  const harms = states.map(({ now }) => now!.harm!.boundary);
  const rejected = boundaries.map(() => 0);
  const harmed = boundaries.map(() => 0);
  for (let path = 0; path < PATHS; path++) {
    let sum = 0;
    let [isRejected, isHarmed] = [false, false];
    looks.information.forEach((share, at) => {
      sum += draw() * Math.sqrt(share - (looks.information[at - 1] ?? 0));
      const z = sum / Math.sqrt(share);
      isRejected ||= Math.abs(z) >= boundaries[at]!;
      isHarmed ||= z >= harms[at]!;
      rejected[at]! += Number(isRejected);
      harmed[at]! += Number(isHarmed);
    });
  }
  // Of 5% in 100,000 a third of a point too much or too little is found.
  states.forEach(({ looks: made }, at) => {
    expect(
      tailOf(rejected[at]!, PATHS, made[at]!.spent),
      `${rejected[at]} rejected by look ${at + 1}`,
    ).toBeGreaterThan(1e-5);
  });
  expect(tailOf(rejected.at(-1)!, PATHS, looks.alpha)).toBeGreaterThan(1e-5);
  expect(tailOf(harmed.at(-1)!, PATHS, looks.alpha), `${harmed.at(-1)} harmed`).toBeGreaterThan(1e-5);
});

it('gives statistics of trials without an effect that are standard normal, and as alike as their shares say', () => {
  const TRIALS = 60;
  const drawn = Array.from({ length: TRIALS }, (_, seed) => {
    const everybody = invented({ families: 120, effect: 0, seed });
    const { interim: early } = look(knownOf(everybody, 50));
    const { interim: late } = look(
      everybody.map((one) => ({ ...one, outcomes: [one.outcomes[1]!] })),
      {
        earlier: [{ share: early!.share!, followed: early!.followed }],
      },
    );
    expect([early!.due, late!.due]).toEqual([true, true]);
    const [first, last] = [early!.now!.statistic, late!.now!.statistic];
    // What the children between added, apart from those before.
    const rest = (last - Math.sqrt(early!.share!) * first) / Math.sqrt(1 - early!.share!);
    return { first, rest };
  });
  const squares = drawn.reduce((sum, { first, rest }) => sum + first ** 2 + rest ** 2, 0);
  const products = drawn.reduce((sum, { first, rest }) => sum + first * rest, 0);
  // Chi-square on 120 is within 77 and 173 but once in 1,000; a sum of 60 products of independent normals is within 26.
  expect(squares).toBeGreaterThan(77);
  expect(squares).toBeLessThan(173);
  expect(Math.abs(products)).toBeLessThan(26);
});
