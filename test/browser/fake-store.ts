// A portal's store in memory with realistic figures: what the pages must be able to show, and nothing a database does.
import { addDays, addMonths, lastDayOf } from '../../schemas/calendar.ts';
import type { ArmCounts, Effect, OutcomeResult, ResultRecord } from '../../schemas/result.ts';
import { headlineOutcomes } from '../../services/outcomes/definitions.ts';
import type {
  EvaluationSummary,
  FeedRow,
  KeyHolder,
  MaturityRow,
  PortalStore,
} from '../../services/portal/store.ts';

export const NOW = new Date('2026-08-31T09:04:00Z');
/** Walsall fell silent: everyone waits for it. */
const THROUGH = '2026-06-03';

export const keys = {
  researcher: 'wk_researcher-0000000000000000',
  operator: 'wk_operator-000000000000000000',
  council: 'wk_council-0000000000000000000',
} as const;

const holders = new Map<string, KeyHolder>([
  [keys.researcher, { label: 'Ada Researcher', role: 'researcher', council: null }],
  [keys.operator, { label: 'Olu Operator', role: 'operator', council: null }],
  [keys.council, { label: 'Luton', role: 'council', council: 'E06000032' }],
]);

const councils: [code: string, name: string][] = [
  ['E06000032', 'Luton'],
  ['E08000031', 'Wolverhampton'],
  ['E08000030', 'Walsall'],
  ['E09000023', 'Lewisham'],
  ['E09000026', 'Redbridge'],
  ['E06000007', 'Warrington'],
  ['E10000031', 'Warwickshire'],
  ['E08000015', 'Wirral'],
  ['E10000019', 'Lincolnshire'],
  ['E06000059', 'Dorset'],
  ['E06000018', 'Nottingham'],
  ['E06000055', 'Bedford'],
];

export const summaries: EvaluationSummary[] = [
  {
    slug: 'families-first-demonstration',
    title: 'Families first pathfinder: demonstration',
    question:
      'Do children whose families get family help come back to children’s social care, or into care, less often than children with the usual support?',
    dataSource: 'simulated',
    councils: 20,
    participants: 19_846,
    armNames: { trial: 'Family help', comparison: 'Usual support' },
    primary: { outcome: 're-referral', horizon: 12 },
    blinded: false,
    disclosureThreshold: 10,
  },
  {
    slug: 'sample-returns',
    title: 'Sample returns of one council',
    question: 'What do the published sample returns of the children in need census and of SSDA903 come to?',
    dataSource: 'sample',
    councils: 1,
    participants: 402,
    armNames: { trial: 'Family help', comparison: 'Usual support' },
    primary: { outcome: 're-referral', horizon: 12 },
    blinded: false,
    disclosureThreshold: 10,
  },
  {
    slug: 'new-evaluation',
    title: 'A new evaluation',
    question: 'Nothing has been worked out for this one yet.',
    dataSource: 'real',
    councils: 3,
    participants: 4,
    armNames: { trial: 'Family help', comparison: 'Usual support' },
    primary: { outcome: 'care-entry', horizon: 6 },
    blinded: false,
    disclosureThreshold: 10,
  },
  {
    slug: 'blinded-evaluation',
    title: 'A blinded evaluation',
    question: 'What is not to be seen yet?',
    dataSource: 'simulated',
    councils: 3,
    participants: 400,
    armNames: { trial: 'Family help', comparison: 'Usual support' },
    primary: { outcome: 'care-entry', horizon: 6 },
    blinded: true,
    disclosureThreshold: 10,
  },
];

const waves = Array.from({ length: 9 }, (_, at) => addMonths('2025-03-01', at));
const HORIZONS = [6, 12, 18];
const dueOf = (wave: string, horizon: number) => addMonths(lastDayOf(wave.slice(0, 7)), horizon);

/** Waves by month. All are final at 6 months, three at 12; two wait for Walsall; the last is tiny. */
const maturityRows: MaturityRow[] = waves.flatMap((wave, at) =>
  HORIZONS.map((horizon): MaturityRow => {
    const due = dueOf(wave, horizon);
    const final = due <= THROUGH;
    return {
      wave,
      horizon,
      participants: at === 8 ? 6 : 2_400 + ((at * 137) % 190),
      due,
      frozenAt: final ? `${addDays(due, 3)}T21:14:00Z` : null,
      supersededAt: final && at === 1 && horizon === 6 ? '2026-08-12T06:00:00Z' : null,
      waitingFor: final ? [] : due <= '2026-08-30' ? ['Walsall'] : councils.map(([, name]) => name),
    };
  }),
);

const armCounts = (
  arm: ArmCounts['arm'],
  enrolled: number,
  notAtRisk: number,
  pending: number,
  events: number,
  censored: number,
): ArmCounts => {
  const matured = enrolled - notAtRisk - pending;
  return {
    arm,
    enrolled,
    notAtRisk,
    pending,
    matured,
    events,
    noEvents: matured - events - censored,
    censored,
    risk: matured === 0 ? null : events / matured,
  };
};

const effectOf = (estimate: number, standardError: number): Effect => ({
  measure: 'risk-difference',
  estimate,
  standardError,
  degreesOfFreedom: 5_812.4,
  lower: estimate - 1.96 * standardError,
  upper: estimate + 1.96 * standardError,
  p: 0.004,
  method: 'difference of shares with standard errors by family (CR2, Satterthwaite)',
  clusters: 11_904,
});

const outcome = (
  id: string,
  horizon: number,
  arms: [ArmCounts, ArmCounts],
  standardError: number | null,
  warnings: string[] = [],
): OutcomeResult => ({
  outcome: id,
  horizon,
  arms,
  effect: standardError === null ? null : effectOf((arms[0].risk ?? 0) - (arms[1].risk ?? 0), standardError),
  warnings,
});

const demonstration: OutcomeResult[] = [
  outcome(
    're-referral',
    6,
    [armCounts('trial', 9_911, 0, 0, 1_158, 193), armCounts('comparison', 9_935, 0, 0, 1_371, 196)],
    0.0048,
  ),
  outcome(
    're-referral',
    12,
    [armCounts('trial', 9_911, 0, 6_204, 689, 137), armCounts('comparison', 9_935, 0, 6_190, 843, 144)],
    0.0094,
  ),
  outcome(
    're-referral',
    18,
    [armCounts('trial', 9_911, 0, 9_911, 0, 0), armCounts('comparison', 9_935, 0, 9_935, 0, 0)],
    null,
  ),
  outcome(
    'repeat-cp-plan',
    6,
    [armCounts('trial', 9_911, 0, 0, 70, 193), armCounts('comparison', 9_935, 0, 0, 73, 196)],
    0.0012,
  ),
  outcome(
    'repeat-cp-plan',
    12,
    [armCounts('trial', 9_911, 0, 6_204, 52, 137), armCounts('comparison', 9_935, 0, 6_190, 60, 144)],
    0.0029,
  ),
  outcome(
    'repeat-cp-plan',
    18,
    [armCounts('trial', 9_911, 0, 9_911, 0, 0), armCounts('comparison', 9_935, 0, 9_935, 0, 0)],
    null,
  ),
  outcome(
    'care-entry',
    6,
    [armCounts('trial', 9_911, 211, 0, 162, 189), armCounts('comparison', 9_935, 204, 0, 180, 192)],
    0.0019,
  ),
  outcome(
    'care-entry',
    12,
    [armCounts('trial', 9_911, 211, 6_071, 97, 134), armCounts('comparison', 9_935, 204, 6_062, 122, 141)],
    0.0039,
  ),
  outcome(
    'care-entry',
    18,
    [armCounts('trial', 9_911, 211, 9_700, 0, 0), armCounts('comparison', 9_935, 204, 9_731, 0, 0)],
    null,
  ),
];

const sample: OutcomeResult[] = [
  outcome(
    're-referral',
    6,
    [armCounts('trial', 207, 0, 0, 31, 12), armCounts('comparison', 195, 0, 0, 40, 11)],
    0.037,
  ),
  outcome(
    're-referral',
    12,
    [armCounts('trial', 207, 0, 0, 48, 14), armCounts('comparison', 195, 0, 0, 55, 15)],
    0.043,
    [
      'Only one council took part: differences between councils cannot be told from differences between groups',
    ],
  ),
  outcome(
    'repeat-cp-plan',
    6,
    [armCounts('trial', 207, 0, 0, 3, 12), armCounts('comparison', 195, 0, 0, 0, 11)],
    0.008,
  ),
  outcome(
    'repeat-cp-plan',
    12,
    [armCounts('trial', 207, 0, 0, 4, 14), armCounts('comparison', 195, 0, 0, 11, 15)],
    0.017,
  ),
  outcome(
    'care-entry',
    6,
    [armCounts('trial', 207, 4, 0, 12, 12), armCounts('comparison', 195, 15, 0, 14, 11)],
    0.026,
  ),
  outcome(
    'care-entry',
    12,
    [armCounts('trial', 207, 4, 0, 15, 14), armCounts('comparison', 195, 15, 0, 18, 15)],
    0.028,
  ),
];

const record = (
  summary: EvaluationSummary,
  horizons: number[],
  frozen: number[],
  results: OutcomeResult[],
): ResultRecord => ({
  resultVersion: 1,
  evaluation: summary.slug,
  title: summary.title,
  dataSource: summary.dataSource,
  protocolHash: '3f1c9a5d7be24c60b8f0a1d2e3c4b5a69788f7e6d5c4b3a2918f7e6d5c4b3a29',
  definitions: headlineOutcomes.map((definition, at) => ({
    id: definition.id,
    version: definition.version,
    hash: `${at}b7d2f4e6a8c0b2d4f6a8c0e2b4d6f8a0c2e4b6d8f0a2c4e6b8d0f2a4c6e8b0d`,
    definition,
  })),
  codeVersion: '0.1.0',
  computedAt: '2026-08-31T09:02:11Z',
  participants: {
    trial: results[0]?.arms[0]?.enrolled ?? 0,
    comparison: results[0]?.arms[1]?.enrolled ?? 0,
  },
  completeThrough: summary.dataSource === 'sample' ? '2022-03-31' : THROUGH,
  waves: {
    total: summary.dataSource === 'sample' ? 4 : waves.length,
    frozen: horizons.map((horizon, at) => ({ horizon, waves: frozen[at] ?? 0 })),
  },
  results,
  deviations: [],
});

const results = new Map<string, ResultRecord>([
  ['families-first-demonstration', record(summaries[0]!, HORIZONS, [9, 3, 0], demonstration)],
  ['sample-returns', record(summaries[1]!, [6, 12], [4, 4], sample)],
]);

const sampleMaturity: MaturityRow[] = ['2020-04-01', '2020-07-01', '2020-10-01', '2021-01-01'].flatMap(
  (wave) =>
    [6, 12].map((horizon) => ({
      wave,
      horizon,
      participants: wave === '2021-01-01' ? 7 : 132,
      due: dueOf(wave, horizon),
      frozenAt: '2026-08-30T10:00:00Z',
      supersededAt: null,
      waitingFor: [],
    })),
);

export const feedRows: FeedRow[] = councils.map(([council, name], at) => ({
  council,
  name,
  dataSource: 'simulated',
  completeThrough:
    at === 11
      ? []
      : [
          { kind: 'referral', through: at === 2 ? '2026-06-03' : '2026-08-30' },
          { kind: 'assessment', through: at === 2 ? '2026-06-03' : '2026-08-30' },
          { kind: 'cp-plan', through: at === 2 ? '2026-06-03' : at === 4 ? '2026-08-27' : '2026-08-30' },
          { kind: 'care-episode', through: at === 2 ? '2026-06-03' : at === 5 ? null : '2026-08-30' },
        ],
  lastReceived: at === 11 ? null : at === 2 ? '2026-06-04T03:10:00Z' : `2026-08-31T0${at % 8}:12:00Z`,
  quarantined: at === 0 ? 12 : at === 8 ? 1 : 0,
  silentSince: at === 2 ? '2026-06-04T03:10:00Z' : null,
}));

export const fakeStore = (changes: Partial<PortalStore> = {}): PortalStore => ({
  evaluations: async () => summaries,
  result: async (slug) => results.get(slug) ?? null,
  maturity: async (slug) =>
    slug === 'sample-returns' ? sampleMaturity : slug === 'new-evaluation' ? [] : maturityRows,
  feeds: async () => feedRows,
  checkKey: async (key) => holders.get(key) ?? null,
  ...changes,
});
