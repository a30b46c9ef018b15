// Made-up planning: Eve signs with a key of her own, and every step is taken without a trace.
import type { PlanningStore } from '../../services/portal/planning/store.ts';
import type { PlanRecord } from '../../services/portal/store.ts';
import { entriesOf, life, PLAN_HASH } from './fake-plan.ts';

export const planningStore = (changes: Partial<PlanningStore> = {}): PlanningStore => ({
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
