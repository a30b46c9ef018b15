// What a reader of a feed knows at the end of it: the newest statement about each record, kept apart from the simulator's own code.
import { type CaseEvent, isPurge, kindOf } from '../../../schemas/case-event.ts';
import { type FeedMessage, isFeedStatement } from '../../../schemas/message.ts';
import type { RecordKind, RecordState } from '../../../schemas/records.ts';
import type { SimulationPlan } from '../../../services/simulator/plan.ts';
import { type SimulatedCouncil, simulate } from '../../../services/simulator/simulate.ts';

export interface Head {
  kind: RecordKind;
  time: string;
  /** Null once purged. */
  state: RecordState | null;
}

export const caseEvents = function* (council: SimulatedCouncil): Generator<CaseEvent> {
  for (const { messages } of council.deliveries()) {
    for (const message of messages as FeedMessage[]) if (!isFeedStatement(message)) yield message;
  }
};

/** Child pseudonym to record pseudonym to head. */
export function headsOf(events: Iterable<CaseEvent>): Map<string, Map<string, Head>> {
  const children = new Map<string, Map<string, Head>>();
  for (const event of events) {
    const records = children.get(event.subject) ?? new Map<string, Head>();
    children.set(event.subject, records);
    const known = records.get(event.data.recordId);
    if (known && known.time >= event.time) continue;
    const state = isPurge(event) ? null : (event.data as { state: RecordState }).state;
    records.set(event.data.recordId, { kind: kindOf(event), time: event.time, state });
  }
  return children;
}

/** The standing records of one kind, in the order of the field given. */
export function standing<K extends RecordKind>(
  records: Map<string, Head>,
  kind: K,
  by: 'date' | 'started',
): RecordState<K>[] {
  const states = [...records.values()].filter((head) => head.kind === kind && head.state !== null);
  const day = (state: unknown) => (state as Record<string, string>)[by] ?? '';
  return states
    .map((head) => head.state as RecordState<K>)
    .sort((a, b) => (day(a) < day(b) ? -1 : day(a) > day(b) ? 1 : 0));
}

/** Some 1,500 children in two councils: enough for rare things to happen. */
export function middling(plan: SimulationPlan): SimulationPlan {
  const councils = plan.councils.slice(0, 2).map((council) => ({ ...council, familiesPerYear: 130 }));
  return { ...plan, name: 'middling', councils };
}

export const councilsOf = (plan: SimulationPlan) => simulate(plan).councils();
