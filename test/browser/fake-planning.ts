// Made-up planning: Eve signs with a key of her own, and every step is taken without a trace.
import { after, beginning } from '../../services/evaluations/lifecycle/standing.ts';
import { checkProtocol } from '../../services/evaluations/protocol/check.ts';
import { templates } from '../../services/evaluations/protocol/templates.ts';
import { namesIn } from '../../services/evaluations/protocol/text.ts';
import { contentHash } from '../../services/platform/content-hash.ts';
import type { Draft, DraftStore, PlanningStore, StoredPlan } from '../../services/portal/planning/store.ts';
import type { PlanRecord } from '../../services/portal/store.ts';
import { entriesOf, life, PLAN_HASH } from './fake-plan.ts';

const template = templates['family-rct'] ?? '';
const planned = template.replace(/^id: .*/m, 'id: families-first-demonstration');

/** Right, and changed in three places against the plan of the demonstration. */
const right = planned
  .replace('horizons: [6, 12, 18]', 'horizons: [6, 12, 18, 24]')
  .replace('under: 18', 'under: 16')
  .replace('alpha: 0.05', 'alpha: 0.01');

/** Wrong in five places. */
const wrong = template
  .replace(/^id: .*/m, 'id: Wrong Id')
  .replace(/^title: .*\n/m, '')
  .replace('unit: family', 'unit: familly')
  .replace('to: 2028-03-31', 'to: 2026-03-31')
  .replace('waves: quarter', 'waaves: quarter');

/** Drafts that are kept while the store is. */
function draftStore(): DraftStore {
  const kept = new Map<number, Draft>();
  const put = (document: string, own: boolean, number = kept.size + 1) => {
    const changedAt = `2026-08-2${number}T09:12:00Z`;
    const version = (kept.get(number)?.version ?? 0) + 1;
    kept.set(number, {
      ...namesIn(document),
      number,
      document,
      own,
      version,
      changedBy: own ? 'Eve Evaluator' : 'Stan Statistician',
      changedAt,
    });
    return number;
  };
  put(right, false);
  put(wrong, true);
  return {
    drafts: async () => [...kept.values()].reverse(),
    draft: async (number) => kept.get(number) ?? null,
    begin: async (_person, document) => put(document, true),
    save: async (_person, number, _version, document) => void put(document, true, number),
    withdraw: async (_person, number) => void kept.delete(number),
    plan: async (slug) => (slug === 'families-first-demonstration' ? storedPlan(slug) : null),
    mayBegin: async () => true,
    record: async () => ({ slug: 'families-first-demonstration', what: 'deviated' }),
  };
}

function storedPlan(slug: string): StoredPlan {
  const { protocol } = checkProtocol(planned);
  if (!protocol) throw new Error('the made-up plan is wrong');
  const standing = entriesOf(slug, life).reduce((now, { entry, hash }) => after(now, entry, hash), beginning);
  return { slug, protocol, protocolHash: contentHash(protocol), standing };
}

export const planningStore = (changes: Partial<PlanningStore> = {}): PlanningStore => ({
  drafts: draftStore(),
  signer: async () => ({
    id: 'eve-evaluator',
    name: 'Eve Evaluator',
    publicKey: 'GyK5YvFq3kYpC0vZb0j5o1qT3X7dKcQ2mJ0rE8sUuVg=',
  }),
  register: async () => {},
  take: async () => {},
  ...changes,
});

/** A plan that one person has signed. */
export function registeredPlan(slug: string): PlanRecord {
  const steps = [
    life.find(({ kind }) => kind === 'created'),
    life.find(({ kind }) => kind === 'advanced'),
    life.find(({ kind }) => kind === 'signed'),
  ];
  return {
    sections: [],
    protocolHash: PLAN_HASH,
    stage: 'registered',
    paused: false,
    entries: entriesOf(
      slug,
      steps.filter((step) => step !== undefined),
    ),
    faults: [],
  };
}
