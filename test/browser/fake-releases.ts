// Made-up releases: one that a newer one took the place of, one for everybody, and one that waits for a second person.
import { createHash } from 'node:crypto';
import type { Audience, ReleaseFinding, ReleaseStep } from '../../schemas/release.ts';
import type { ResultRecord } from '../../schemas/result.ts';
import { protectCounts } from '../../services/disclosure/protect.ts';
import { countsOf } from '../../services/releases/effects/counts.ts';
import type { EffectsDocument } from '../../services/releases/effects/judge.ts';
import { releasedEffects } from '../../services/releases/effects/released.ts';
import { countChecks } from '../../services/releases/output-checks.ts';
import type { HeldPanel, Release, Step } from '../../services/releases/standing.ts';
import { protocol, record } from './fake-analyses.ts';

const evaluation = 'families-first-demonstration';
export const permalinks = {
  older: '2026-06-families-first',
  earlier: '2026-08-14-families-first',
  newer: '2026-08-families-first',
  effects: '2026-06-effects',
} as const;

const finding: ReleaseFinding = {
  ...{ outcome: 'repeat-cp-plan', arm: 'trial', horizons: [6, 12], what: 'events' },
  reason: 'few',
};

export const heldPanels: HeldPanel[] = [
  {
    evaluation,
    audience: 'researchers',
    corrected: false,
    outcome: 'repeat-cp-plan',
    since: '2026-08-20T08:00:00Z',
    findings: [finding],
  },
];

const step = (seq: number, taken: ReleaseStep, by: string, at: string, note: string | null = null): Step => ({
  ...{ seq, step: taken, by, at, note },
  detail: null,
});

function bodyOf(result: ResultRecord, computedAt: string): { body: string; hash: string } {
  const body = JSON.stringify({ result: { ...protectCounts(result, { threshold: 10 }), computedAt } });
  return { body, hash: createHash('sha256').update(body).digest('hex') };
}

/** What the rules made of it; the queue shows no more. */
const checkOf = (findings: ReleaseFinding[]): Release['check'] =>
  ({ findings, record: { checks: countChecks(findings, 10) } }) as unknown as Release['check'];

/** The made-up analysis as it would leave for somebody who has seen nothing. */
function effectsBody(release: number, title: string): { body: string; hash: string } {
  const cut = new Date('2026-06-09T08:00:00Z');
  const counts = protectCounts(countsOf(record, protocol, cut), { threshold: 6 });
  const panels = protocol.outcomes.map(({ id }) => ({
    outcome: id,
    asAt: counts.computedAt,
    completeThrough: null,
    results: counts.results.filter(({ outcome }) => outcome === id),
  }));
  const released = releasedEffects(record, panels, 6);
  const document: EffectsDocument = {
    ...{ releaseVersion: 1, kind: 'analysis', release, title, audience: 'researchers' },
    analysis: { number: 2, hash: '8d1c52f3a9b7e4604f2d7c81b0a6e935', cut: cut.toISOString() },
    effects: released?.effects ?? null,
    disclosure: {
      threshold: 6,
      hiddenNumbers: counts.disclosure.hiddenNumbers,
      leftOut: released?.leftOut ?? { estimates: 0, subgroups: 0, curves: 0 },
    },
  };
  const body = JSON.stringify(document);
  return { body, hash: createHash('sha256').update(body).digest('hex') };
}

export function releasesOf(result: ResultRecord): Release[] {
  const common = {
    ...{ evaluation, evaluationId: 1, draftedBy: 'Eve Evaluator', check: null },
    ...({ kind: 'counts', analysis: null } as const),
  };
  const out = (
    id: number,
    audience: Audience,
    title: string,
    permalink: string,
    at: string,
    horizons: readonly number[],
  ): Release => ({
    ...{ ...common, id, audience, title, state: 'published', supersededBy: null },
    published: {
      permalink,
      ...bodyOf({ ...result, results: result.results.filter((one) => horizons.includes(one.horizon)) }, at),
    },
    steps: [
      step(1, 'drafted', 'Eve Evaluator', `${at.slice(0, 11)}08:00:00Z`),
      step(2, 'checked', 'the rules', `${at.slice(0, 11)}08:01:00Z`),
      step(3, 'approved', 'Chidi Checker', `${at.slice(0, 11)}13:00:00Z`, 'No group is small.'),
      step(4, 'published', 'Eve Evaluator', `${at.slice(0, 11)}14:30:00Z`),
    ],
  });
  const older = out(
    1,
    'researchers',
    'First results at 6 months',
    permalinks.older,
    '2026-06-10T07:00:00Z',
    [6],
  );
  const newer = out(
    6,
    'public',
    'Results at 6 and 12 months',
    permalinks.newer,
    '2026-08-24T07:00:00Z',
    [6, 12, 18],
  );
  const title = 'Effects at 12 months';
  const effects: Release = {
    ...out(5, 'researchers', title, permalinks.effects, '2026-06-12T07:00:00Z', []),
    ...{ kind: 'analysis', analysis: 2 },
    published: { permalink: permalinks.effects, ...effectsBody(5, title) },
  };
  return [
    effects,
    {
      ...{ ...common, id: 3, audience: 'public', title: 'Results by the end of August', state: 'waiting' },
      ...{ published: null, supersededBy: null },
      check: checkOf([finding]),
      steps: [step(1, 'drafted', 'Eve Evaluator', '2026-08-30T08:00:00Z')],
    } as Release,
    {
      ...{ ...common, id: 4, audience: 'researchers', title: 'Results at 12 months', state: 'settled' },
      ...{ published: null, supersededBy: null },
      check: checkOf([]),
      steps: [step(1, 'drafted', 'Eve Evaluator', '2026-08-30T08:20:00Z')],
    } as Release,
    out(2, 'public', 'Results by mid-August', permalinks.earlier, '2026-08-14T07:00:00Z', [6]),
    newer,
    { ...older, state: 'superseded', supersededBy: { by: 6, permalink: permalinks.newer } },
  ];
}
