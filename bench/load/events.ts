// Invented case events of a council: seven statements a child, one of each kind that outcomes look at.
import type { CaseEvent } from '../../schemas/case-event.ts';
import type { RecordKind } from '../../schemas/records.ts';
import { recordEvent } from '../../services/council/case-event.ts';
import { pseudonymiser } from '../../services/council/pseudonym.ts';
import { connectProducer, everyReplica, type Kafka } from '../../services/platform/kafka.ts';

const states: [RecordKind, object][] = [
  ['child', { birthMonth: '2015-03', sex: 'F', ethnicity: 'WBRI', disabilities: ['NONE'] }],
  [
    'referral',
    {
      date: '2024-02-11',
      source: '1A',
      primaryNeed: 'N1',
      noFurtherAction: false,
      closedOn: '2024-06-01',
      closureReason: 'RC1',
    },
  ],
  ['referral', { date: '2024-09-02', source: '3A', primaryNeed: 'N1', noFurtherAction: true }],
  ['assessment', { started: '2024-02-12', authorised: '2024-03-20', factors: ['1A', '4B', '3B'] }],
  ['cin-plan', { started: '2024-03-21' }],
  ['cp-plan', { started: '2024-04-01', ended: '2024-09-01', initialCategory: 'NEG', previousPlans: 0 }],
  [
    'care-episode',
    { started: '2024-05-01', reasonStarted: 'S', legalStatus: 'C2', need: 'N1', placement: 'U1' },
  ],
];

export const EVENTS_A_CHILD = states.length;

/** Codes of so many invented councils. */
export const councilCodes = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `E099${String(at + 1).padStart(5, '0')}`);

/** So many events, child after child from `first` on, the children dealt to the councils in turn. */
export function* caseEvents(events: number, councils: readonly string[], first = 0): Generator<CaseEvent> {
  const names = pseudonymiser(new Uint8Array(32).fill(1));
  for (let at = 0; at < events; at += 1) {
    const number = first + Math.floor(at / EVENTS_A_CHILD);
    const local = `child ${number}`;
    const [kind, state] = states[at % EVENTS_A_CHILD] as (typeof states)[number];
    const about = {
      council: councils[number % councils.length] as string,
      child: names.child(local),
      recordId: names.record(local, kind, String(at % EVENTS_A_CHILD)),
      recordedAt: new Date(Date.UTC(2025, 0, 1) + at * 1_000).toISOString(),
    };
    yield recordEvent(about, kind, state as never);
  }
}

/** Puts so many events into a topic. @param headersOf of the event at a place @returns bytes of the messages' values */
export async function fill(
  kafka: Kafka,
  topic: string,
  events: number,
  councils: readonly string[],
  headersOf: (at: number) => Record<string, string> = () => ({}),
): Promise<number> {
  const producer = await connectProducer(kafka);
  let bytes = 0;
  let at = 0;
  let messages: { key: string; value: string; headers: Record<string, string> }[] = [];
  // The next are made while Kafka takes the last.
  let sending: Promise<unknown> = Promise.resolve();
  const send = async () => {
    await sending;
    if (messages.length > 0) sending = producer.send({ ...everyReplica, topic, messages });
    sending.catch(() => {});
    messages = [];
  };
  for (const event of caseEvents(events, councils)) {
    const value = JSON.stringify(event);
    bytes += value.length;
    messages.push({ key: `${event.source}/${event.subject}`, value, headers: headersOf(at) });
    at += 1;
    if (messages.length === 5_000) await send();
  }
  await send();
  await sending;
  await producer.disconnect();
  return bytes;
}
