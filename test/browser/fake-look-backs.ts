// Made-up look backs: one day that is ready, one that is being made, one that failed, and what changed from one to another.
import type { OutcomeResult, ResultRecord } from '../../schemas/result.ts';
import { protectCounts } from '../../services/disclosure/protect.ts';
import type { Days, LookBack, ShownReason, ThenPanel } from '../../services/look-back/look-back.ts';
import { headlineOutcomes } from '../../services/outcomes/definitions.ts';
import type { LookedBack } from '../../services/portal/store.ts';

const made = { state: 'made', madeAt: '2026-08-20T09:30:00Z', codeVersion: '0.1.0' } as const;
const asked = { askedAt: '2026-08-20T09:28:00Z' };

/** A part of today's counts, as an earlier day would have them. */
function scaled(results: readonly OutcomeResult[], share: number): OutcomeResult[] {
  return results.map((each) => ({
    ...each,
    effect: null,
    arms: each.arms.map((arm) => {
      const part = (count: number) => Math.round(count * share);
      const [events, noEvents, censored] = [part(arm.events), part(arm.noEvents), part(arm.censored)];
      const matured = events + noEvents + censored;
      const notAtRisk = arm.notAtRisk;
      const pending = arm.enrolled - notAtRisk - matured;
      return {
        ...{ ...arm, events, noEvents, censored, matured, notAtRisk, pending },
        risk: matured > 0 ? events / matured : null,
      };
    }),
  }));
}

function panelsOf(result: ResultRecord, share: number, cut: string): ThenPanel[] {
  const shown = protectCounts({ ...result, results: scaled(result.results, share) }, { threshold: 10 });
  return headlineOutcomes.map(({ id: outcome }, at) => ({
    outcome,
    panel:
      at === headlineOutcomes.length - 1
        ? null
        : {
            outcome,
            asAt: cut,
            completeThrough: cut.slice(0, 10),
            results: shown.results.filter((one) => one.outcome === outcome),
          },
  }));
}

const reasons: ShownReason[] = [
  { outcome: 're-referral', horizon: 6, arm: 'trial', why: 'matured', kind: 'referral', about: 320 },
  { outcome: 're-referral', horizon: 6, arm: 'comparison', why: 'matured', kind: 'referral', about: 330 },
  { outcome: 're-referral', horizon: 6, arm: 'trial', why: 'late', kind: 'referral', about: 20 },
  { outcome: 're-referral', horizon: 12, arm: 'comparison', why: 'corrected', kind: 'referral', about: 10 },
  { outcome: null, horizon: null, arm: null, why: 'purged', kind: 'referral', about: 10 },
];

export const lookBackDays = {
  ready: { day: '2026-06-30', until: null },
  later: { day: '2026-08-15', until: null },
  changes: { day: '2026-06-30', until: '2026-08-15' },
  waiting: { day: '2026-07-31', until: null },
  failed: { day: '2026-05-31', until: null },
  unasked: { day: '2026-04-30', until: null },
} satisfies Record<string, Days>;

export function lookedBackOf(result: ResultRecord, days: Days | null): LookedBack {
  const { ready, later, changes, waiting, failed } = lookBackDays;
  const all: LookBack[] = [
    {
      ...{ ...later, ...asked, ...made, reasons: [] },
      panels: panelsOf(result, 0.95, '2026-08-15T23:00:00Z'),
    },
    { ...waiting, ...asked, state: 'waiting', ahead: 0, councilsDone: 3, councils: 10 },
    {
      ...{ ...ready, ...asked, ...made, reasons: [] },
      panels: panelsOf(result, 0.7, '2026-06-30T23:00:00Z'),
    },
    { ...changes, ...asked, ...made, panels: [], reasons },
    { ...failed, ...asked, state: 'failed' },
  ];
  return {
    first: '2025-03-01',
    outcomes: headlineOutcomes.map(({ id, title }) => ({ id, title })),
    all: days === null ? all : [],
    found: days && (all.find((one) => one.day === days.day && one.until === days.until) ?? null),
  };
}
