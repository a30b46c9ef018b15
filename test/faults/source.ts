// What a council sends in one delivery, and the evaluation that follows its children.
import type { CaseEvent } from '../../schemas/case-event.ts';
import type { FeedMessage } from '../../schemas/message.ts';
import type { Protocol } from '../../schemas/protocol.ts';
import { feedStatement, recordEvent } from '../../services/council/case-event.ts';
import { pseudonymiser } from '../../services/council/pseudonym.ts';
import { reReferral } from '../../services/outcomes/definitions.ts';
import { protocolNamed } from '../harness/protocols.ts';

const RECORDS_A_CHILD = 7;

function* source(council: string, events: number, seed: number): Generator<CaseEvent> {
  const names = pseudonymiser(new Uint8Array(32).fill(seed % 256));
  for (let at = 0; at < events; at += 1) {
    const local = `child ${Math.floor(at / RECORDS_A_CHILD)}`;
    const corrects = at % RECORDS_A_CHILD === RECORDS_A_CHILD - 1;
    const day = (at * 7 + seed * 13) % 330;
    yield recordEvent(
      {
        council,
        child: names.child(local),
        recordId: names.record(local, 'referral', String(corrects ? at - 1 : at)),
        recordedAt: new Date(Date.UTC(2026, 0, 1) + at * 1_000).toISOString(),
      },
      'referral',
      { date: new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10), source: '1A' },
    );
  }
}

/** So many events, and the statement that they are all. */
export const messagesOf = (council: string, events: number, seed: number): FeedMessage[] => [
  ...source(council, events, seed),
  feedStatement(council, '2026-06-01T00:00:00Z', {
    kinds: ['referral', 'child'],
    completeThrough: '2025-12-31',
  }),
];

export const protocolOf = (id: string, council: string): Protocol =>
  protocolNamed(id, [council], {
    population: {
      index: { record: 'referral', countNoFurtherAction: true },
      from: '2024-01-01',
      to: '2024-12-31',
    },
    waves: 'quarter',
    outcomes: [reReferral],
    primary: { outcome: reReferral.id, horizon: 6 },
    disclosure: { threshold: 1 },
  });
