// Made-up plans and their histories: of the evaluations as their figures are, day by day.
import type { Deviation } from '../../schemas/lifecycle.ts';
import { checkProtocol } from '../../services/evaluations/protocol/check.ts';
import { templates } from '../../services/evaluations/protocol/templates.ts';
import { protocolWords } from '../../services/evaluations/protocol/words.ts';
import type { EvaluationSummary, PlanRecord } from '../../services/portal/store.ts';

export const PLAN_HASH = '3f1c9a5d7be24c60b8f0a1d2e3c4b5a69788f7e6d5c4b3a2918f7e6d5c4b3a29';

type Step = PlanRecord['entries'][number]['entry'];
/** One step without what every entry carries. */
export type Told<One> = One extends unknown
  ? Omit<One, 'evaluation' | 'seq' | 'protocolHash' | 'previous'>
  : never;

const eve = 'Eve Evaluator';
const late = {
  by: eve,
  at: '2025-03-04T10:00:00Z',
  label: 'Walsall began a month late',
  reason: 'Staff were not in post, so family help began there on 1 April 2025.',
};
export const deviations: Deviation[] = [{ ...late, from: PLAN_HASH, to: PLAN_HASH }];

const signing = { publicKey: 'cHVibGlj', signature: 'c2lnbmF0dXJl' };
export const life: Told<Step>[] = [
  { kind: 'created', at: '2024-12-02T09:10:00Z', by: eve },
  { kind: 'signed', at: '2024-12-09T11:00:00Z', by: eve, signer: 'eve', name: eve, ...signing },
  {
    ...{ kind: 'signed', at: '2024-12-10T15:30:00Z', by: 'Stan Statistician' },
    ...{ signer: 'stan', name: 'Stan Statistician', ...signing, publicKey: 'YW5vdGhlciBrZXk=' },
  },
  { kind: 'advanced', at: '2024-12-10T16:00:00Z', by: eve, to: 'registered' },
  { kind: 'advanced', at: '2024-12-11T09:00:00Z', by: eve, to: 'locked' },
  { kind: 'advanced', at: '2025-03-01T08:00:00Z', by: eve, to: 'recruiting' },
  { kind: 'deviated', ...late },
  { kind: 'advanced', at: '2025-12-01T09:00:00Z', by: eve, to: 'following' },
  {
    ...{ kind: 'unblinded', at: '2026-06-08T10:00:00Z', by: eve },
    reason: 'Every child has been followed for 6 months, as the plan asks.',
  },
];

export const entriesOf = (evaluation: string, steps: readonly Told<Step>[]): PlanRecord['entries'] =>
  steps.map((told, at) => ({
    entry: {
      ...told,
      ...{ evaluation, seq: at + 1, protocolHash: PLAN_HASH },
      previous: at === 0 ? null : String(at).repeat(64),
    } as Step,
    hash: String(at + 1).repeat(64),
  }));

/** The ready template with the evaluation's own name, councils and days. */
function sectionsOf(
  { slug, title, question }: EvaluationSummary,
  councils: ReadonlyMap<string, string>,
): PlanRecord['sections'] {
  const text = (templates['family-rct'] ?? '')
    .replace(/^id: .*/m, `id: ${slug}`)
    .replace(/^title: .*/m, `title: '${title}'`)
    .replace(/^question: .*/m, `question: ${question}`)
    .replace(/^dataSource: .*/m, 'dataSource: simulated')
    .replace(/^councils: .*/m, `councils: [${[...councils.keys()].join(', ')}]`)
    .replace('from: 2027-04-01', 'from: 2025-03-01')
    .replace('to: 2028-03-31', 'to: 2025-11-30')
    .replace('waves: quarter', 'waves: month');
  const { protocol, faults } = checkProtocol(text);
  if (!protocol) throw new Error(`the made-up plan is wrong: ${JSON.stringify(faults)}`);
  return protocolWords(protocol, councils);
}

/** The plan of `sample-returns` was tampered with, and that of `new-evaluation` has not been signed. */
export function plansOf(
  summaries: readonly EvaluationSummary[],
  councils: ReadonlyMap<string, string>,
): Map<string, PlanRecord> {
  return new Map(
    summaries.map((summary) => {
      const { slug, blinded } = summary;
      const draft = slug === 'new-evaluation';
      const steps = draft ? life.slice(0, 1) : blinded ? life.slice(0, -1) : life;
      const plan: PlanRecord = {
        sections: sectionsOf(summary, councils),
        protocolHash: PLAN_HASH,
        stage: draft ? 'draft' : 'following',
        paused: slug === 'sample-returns',
        entries: entriesOf(slug, steps),
        faults:
          slug === 'sample-returns'
            ? [
                { seq: 3, fault: 'was changed: its hash is not that of its content' },
                { seq: null, fault: 'the stored protocol does not have its hash' },
              ]
            : [],
      };
      return [slug, plan];
    }),
  );
}
