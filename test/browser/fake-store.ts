// A portal's store in memory with realistic figures: what the pages must be able to show, and nothing a database does.
import type { OutcomeResult, ResultRecord } from '../../schemas/result.ts';
import { protectCounts } from '../../services/disclosure/protect.ts';
import { headlineOutcomes } from '../../services/outcomes/definitions.ts';
import type { EvaluationSummary, FeedRow, KeyHolder, PortalStore } from '../../services/portal/store.ts';
import { analysesOf } from './fake-analyses.ts';
import { emptyAccount, fakeAccount, fakeKeys } from './fake-council.ts';
import {
  blindedMaturity,
  demonstration,
  demonstrationMaturity,
  enrolled,
  HORIZONS,
  sample,
  sampleMaturity,
  THROUGH,
  waves,
} from './fake-figures.ts';
import { groupsOf } from './fake-groups.ts';
import { lookedBackOf } from './fake-look-backs.ts';
import { deviations, PLAN_HASH, plansOf } from './fake-plan.ts';
import { planningStore } from './fake-planning.ts';
import { recruitmentOf } from './fake-recruitment.ts';
import { heldPanels, releasesOf } from './fake-releases.ts';
import { auditLines, checkedLog, serviceState } from './fake-service.ts';

export const NOW = new Date('2026-08-31T09:04:00Z');

export const keys = {
  researcher: 'wk_researcher-0000000000000000',
  evaluator: 'wk_evaluator-00000000000000000',
  operator: 'wk_operator-000000000000000000',
  checker: 'wk_checker-0000000000000000000',
  council: 'wk_council-0000000000000000000',
  /** Stands for a person of the council who signed in at the sign-in service. */
  councilPerson: 'wk_council-person-000000000000',
  newCouncil: 'wk_new-council-000000000000000',
} as const;

const holders = new Map<string, KeyHolder>([
  [keys.researcher, { label: 'Ada Researcher', role: 'researcher', council: null }],
  [keys.evaluator, { id: 'person:5', label: 'Eve Evaluator', role: 'evaluator', council: null }],
  [keys.checker, { id: 'person:3', label: 'Chidi Checker', role: 'output-checker', council: null }],
  [keys.operator, { label: 'Olu Operator', role: 'operator', council: null }],
  [keys.council, { label: 'Luton', role: 'council', council: 'E06000032' }],
  [keys.councilPerson, { id: 'person:4', label: 'Cas Council', role: 'council', council: 'E06000032' }],
  [keys.newCouncil, { id: 'person:5', label: 'Bea Bedford', role: 'council', council: 'E06000055' }],
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
/** Warrington has not said how far its care episodes are complete, and Bedford nothing at all: they are in no evaluation yet. */
const followed = new Map(councils.filter(([, name]) => name !== 'Warrington' && name !== 'Bedford'));

export const summaries: EvaluationSummary[] = [
  {
    slug: 'families-first-demonstration',
    title: 'Families first pathfinder: demonstration',
    question:
      'Do children whose families get family help come back to children’s social care, or into care, less often than children with the usual support?',
    dataSource: 'simulated',
    councils: followed.size,
    participants: enrolled,
    armNames: { trial: 'Family help', comparison: 'Usual support' },
    primary: { outcome: 're-referral', horizon: 12 },
    blinded: false,
    analyses: 2,
    releasedEffects: 1,
    works: true,
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
    analyses: 0,
    releasedEffects: 0,
    works: true,
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
    analyses: 0,
    releasedEffects: 0,
    works: true,
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
    analyses: 0,
    releasedEffects: 0,
    works: true,
    disclosureThreshold: 10,
  },
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
  protocolHash: PLAN_HASH,
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
  deviations: summary.dataSource === 'sample' ? [] : deviations,
});

const results = new Map<string, ResultRecord>([
  ['families-first-demonstration', record(summaries[0]!, HORIZONS, [9, 3, 0], demonstration)],
  ['sample-returns', record(summaries[1]!, [6, 12], [4, 4], sample)],
]);

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
  faults:
    at === 0
      ? [
          { code: 'bad-field', field: 'record.closureReason', count: 9 },
          { code: 'not-json', field: '', count: 3 },
        ]
      : at === 8
        ? [{ code: 'bad-field', field: 'record.starts', count: 1 }]
        : [],
  silentSince: at === 2 ? '2026-06-04T03:10:00Z' : null,
}));

const analyses = analysesOf();
const plans = plansOf(summaries, followed);
const releases = releasesOf(results.get('families-first-demonstration')!);
const maturity = new Map([
  ['families-first-demonstration', demonstrationMaturity([...followed.values()])],
  ['sample-returns', sampleMaturity],
  ['blinded-evaluation', blindedMaturity],
]);

const recruitment = new Map([
  [
    'families-first-demonstration',
    recruitmentOf({
      ...{ maturity: demonstrationMaturity([]), councils: [...followed], target: null, armsToldApart: true },
      window: { from: waves[0] ?? '', to: '2026-02-28' },
    }),
  ],
  [
    'blinded-evaluation',
    recruitmentOf({
      ...{
        maturity: blindedMaturity,
        councils: [...followed].slice(0, 3),
        target: 1_200,
        armsToldApart: false,
      },
      window: { from: '2026-01-01', to: '2026-12-31' },
    }),
  ],
]);

const accountOf = (code: string) => {
  const name = councils.find(([each]) => each === code)?.[1];
  if (name === undefined) return null;
  return name === 'Bedford' ? emptyAccount(code, name) : fakeAccount(code, name);
};

export const fakeStore = (
  changes: Partial<PortalStore> = {},
  luton = fakeKeys('E06000032'),
): PortalStore => ({
  evaluations: async () => summaries,
  result: async (slug) => results.get(slug) ?? null,
  throughGate: async (summary, result) => protectCounts(result, { threshold: summary.disclosureThreshold }),
  groups: async (slug, asked) => (results.has(slug) ? { ...(await groupsOf(asked)), names: followed } : null),
  maturity: async (slug) => maturity.get(slug) ?? [],
  plan: async (slug) => plans.get(slug) ?? null,
  analyses: async (slug) => (analyses.get(slug) ?? []).map(({ shown: _, ...outline }) => outline),
  analysis: async (slug, number) => analyses.get(slug)?.find((one) => one.number === number) ?? null,
  lookBacks: async (slug, days) => {
    const result = results.get(slug);
    return result ? lookedBackOf(result, days) : null;
  },
  askLookBack: async () => 'asked',
  recruitment: async (slug) => recruitment.get(slug) ?? null,
  feeds: async () => feedRows,
  councilAccount: async (code) => accountOf(code),
  councilKeys: async (code) => luton.keys().filter(({ council }) => council === code),
  replaceKey: async (_, id, days) => luton.replace(id, days),
  stopKey: async (_, id) => luton.stop(id),
  releases: async () => releases,
  effects: async (slug) =>
    releases.filter((one) => one.evaluation === slug && one.kind === 'analysis' && one.published !== null),
  releaseAt: async (permalink) => releases.find((one) => one.published?.permalink === permalink) ?? null,
  draft: async () => 3,
  take: async () => {},
  held: async () => heldPanels,
  service: async () => serviceState,
  auditLog: async (before) => auditLines(before),
  checkedAudit: async () => checkedLog,
  progress: async () => ({
    ...{ askedAt: serviceState.askedAt, stored: 401_900, exact: false },
    ...{ oldestWaiting: serviceState.outbox.oldest, recomputing: false },
  }),
  checkKey: async (key) => holders.get(key) ?? null,
  rolesOf: async () => null,
  note: async () => {},
  planning: planningStore(),
  stands: async () => true,
  ...changes,
});
