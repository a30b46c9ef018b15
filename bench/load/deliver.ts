// Batches to the gateway at a pace, and for one child of each batch how long it took until its outcome could be read.
import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../../services/platform/database.ts';
import { caseEvents, EVENTS_A_CHILD } from './events.ts';

const BATCHES_A_SECOND = 10;
const POLL_MS = 50;
const LIMIT_MS = 180_000;

export interface Delivered {
  events: number;
  eventsASecond: number;
  /** Batches that were not answered 202: nothing is sent again. */
  refused: number;
  /** Milliseconds from when a batch was due to be sent, one for each batch. */
  answered: number[];
  visible: number[];
  /** Children whose outcome was not there three minutes after the last batch. */
  unseen: number;
}

/** The 32 digits of a child's pseudonym, of an event's subject or of the store. */
const bare = (pseudonym: string): string => pseudonym.replaceAll('-', '').slice(-32);

/** Notes when children's outcomes are first there, asking every 50 ms. */
class Watch {
  readonly #due = new Map<string, number>();
  readonly #db: Database;
  readonly took: number[] = [];

  constructor(db: Database) {
    this.#db = db;
  }

  add(child: string, due: number): void {
    this.#due.set(bare(child), due);
  }

  get waiting(): number {
    return this.#due.size;
  }

  async look(): Promise<void> {
    const rows = await this.#db<{ child: string }[]>`
      select distinct c.pseudonym as child from waymark.child c join waymark.participant using (child_key)
      join waymark.outcome using (participant_key) where c.pseudonym = any(${[...this.#due.keys()]})`;
    const now = performance.now();
    for (const { child } of rows) {
      this.took.push(now - (this.#due.get(bare(child)) ?? now));
      this.#due.delete(bare(child));
    }
  }
}

/** Sends so many events a second for so many seconds, whatever the answers take, of children numbered from `firstChild`. */
export async function deliver(
  db: Database,
  to: { url: string; key: string; council: string },
  pace: { rate: number; seconds: number },
  firstChild = 0,
): Promise<Delivered> {
  const watch = new Watch(db);
  const lines = Math.ceil(pace.rate / BATCHES_A_SECOND / EVENTS_A_CHILD) * EVENTS_A_CHILD;
  const batches = Math.round((pace.seconds * pace.rate) / lines);
  const events = caseEvents(batches * lines, [to.council], firstChild);
  const answered: number[] = [];
  let refused = 0;
  const send = async (body: string, due: number): Promise<void> => {
    const headers = { authorization: `Bearer ${to.key}`, 'content-type': 'application/x-ndjson' };
    const { status } = await fetch(`${to.url}/v1/events`, { method: 'POST', headers, body });
    if (status === 202) answered.push(performance.now() - due);
    else refused += 1;
  };
  const began = performance.now();
  let sending = true;
  const watching = (async () => {
    const end = began + pace.seconds * 1_000 + LIMIT_MS;
    while ((sending || watch.waiting > 0) && performance.now() < end) {
      await watch.look();
      await pause(POLL_MS);
    }
  })();
  const under: Promise<void>[] = [];
  for (let batch = 0; batch < batches; batch += 1) {
    const due = began + (batch * lines * 1_000) / pace.rate;
    const some = Array.from({ length: lines }, () => events.next().value);
    const last = some.at(-1)?.subject;
    const body = some.map((event) => JSON.stringify(event)).join('\n');
    await pause(Math.max(0, due - performance.now()));
    if (last) watch.add(last, due);
    under.push(send(body, due));
  }
  await Promise.all(under);
  const took = (performance.now() - began) / 1_000;
  sending = false;
  await watching;
  return {
    events: batches * lines,
    eventsASecond: Math.round((batches * lines) / took),
    refused,
    answered,
    visible: watch.took,
    unseen: watch.waiting,
  };
}

/** p50, p95, p99 and the slowest, in milliseconds. */
export function spread(times: readonly number[]): Record<string, number> {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), slowest: at(1) };
}
