// A model of delivery: council -> gateway -> Kafka -> ledger -> outbox -> signal -> outcomes, of which any step may stop at any
// point. Settling, screening, the relay and recomputing are the product's own on a real database; the sender's spool, Kafka's
// partitions and committed offsets, and what Temporal holds are modelled, by what each promises. The relay's sweep, which
// would find what a signal lost, is taken out: nothing may need it.
import { councilOf } from '../../schemas/case-event.ts';
import { type FeedMessage, isFeedStatement } from '../../schemas/message.ts';
import { createTrackerStore } from '../../services/evaluations/tracker-store.ts';
import { Councils, settle } from '../../services/ingest/settle.ts';
import type { Database } from '../../services/platform/database.ts';
import { createLogger } from '../../services/platform/log.ts';
import { createTrackerMetrics } from '../../services/tracker/metrics.ts';
import { relay } from '../../services/tracker/relay.ts';
import type { CohortRef, TrackerStore } from '../../services/tracker/store.ts';

export const PARTITIONS = 3;
const RELAY_ROWS = 2;
const log = createLogger('test', 'silent');

/** Something is killed here. */
class Killed extends Error {}

export type Step =
  /** The sender sends its next lines; `lost`: Kafka has them and the answer is lost; `cut`: Kafka has only the first of them. */
  | { does: 'send'; lines: number; fails: 'no' | 'refused' | 'cut' | 'lost' }
  /** A consumer settles messages of a partition; it dies before the transaction holds, or before the offset is committed. */
  | { does: 'ingest'; partition: number; messages: number; fails: 'no' | 'settling' | 'settled' }
  /** A partition goes to the other consumer, while the former still settles what it has fetched. */
  | { does: 'rebalance'; partition: number; messages: number }
  /** The relay takes rows; it dies when they are screened, between two signals, or before it acknowledges. */
  | { does: 'relay'; fails: 'no' | 'screened' | 'signalling' | 'signalled'; twice: boolean }
  /** A cohort that was signalled is looked at; the worker may die when it has recomputed, so that Temporal asks again. */
  | { does: 'look'; fails: boolean };

/** Ways in which the model may be broken on purpose, to show that it would notice. */
export type Mistake =
  | 'none'
  | 'offset-before-settling'
  | 'acknowledged-before-signals'
  | 'answer-before-kafka';

interface Consumer {
  /** Where it reads on; unknown after a start, when it asks Kafka. */
  at: Map<number, number>;
  cache: Map<string, number>;
}

export interface WorldOptions {
  topic: string;
  messages: readonly FeedMessage[];
  ingest: Database;
  tracker: Database;
  /** As the owner, to look. */
  db: Database;
  mistake?: Mistake;
}

const digest = (text: string): number =>
  [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);

export class World {
  readonly #options: WorldOptions;
  readonly #councils: Councils;
  readonly #store: TrackerStore;
  readonly partitions: FeedMessage[][] = Array.from({ length: PARTITIONS }, () => []);
  readonly committed: number[] = Array(PARTITIONS).fill(0);
  readonly #owner: number[] = Array(PARTITIONS).fill(0);
  readonly #consumers: Consumer[] = [0, 1].map(() => ({ at: new Map(), cache: new Map() }));
  /** Signals that Temporal has accepted and no worker has finished with. */
  readonly #looks = new Map<string, CohortRef>();
  #sent = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#councils = new Councils(options.ingest);
    this.#store = createTrackerStore(options.tracker, async () => null, log);
  }

  async take(step: Step): Promise<void> {
    if (step.does === 'send') return this.#send(step.lines, step.fails);
    if (step.does === 'ingest') return this.#ingest(step.partition, step.messages, step.fails);
    if (step.does === 'rebalance') return this.#rebalance(step.partition, step.messages);
    if (step.does === 'look') return this.#look(step.fails);
    const relays = step.twice ? [this.#relay(step.fails), this.#relay('no')] : [this.#relay(step.fails)];
    await Promise.all(relays);
  }

  #append(message: FeedMessage): void {
    const all = [...this.partitions.keys()];
    const to = isFeedStatement(message) ? all : [digest(`${message.source}${message.subject}`) % PARTITIONS];
    for (const partition of to) this.partitions[partition]?.push(message);
  }

  #send(lines: number, fails: 'no' | 'refused' | 'cut' | 'lost'): void {
    const batch = this.#options.messages.slice(this.#sent, this.#sent + lines);
    const early = this.#options.mistake === 'answer-before-kafka';
    if (fails === 'no' || early) this.#sent += batch.length;
    if (fails === 'refused') return;
    // A batch's events stand in Kafka before its statements, as the gateway produces them.
    const ordered = [...batch.filter((one) => !isFeedStatement(one)), ...batch.filter(isFeedStatement)];
    const taken = fails === 'cut' ? ordered.slice(0, Math.floor(ordered.length / 2)) : ordered;
    for (const message of taken) this.#append(message);
  }

  async #settle(
    which: number,
    partition: number,
    from: number,
    messages: number,
    dies: boolean,
  ): Promise<number> {
    const taken = (this.partitions[partition] ?? [])
      .slice(from, from + messages)
      .map((message, at) => ({ offset: String(from + at), value: Buffer.from(JSON.stringify(message)) }));
    if (taken.length === 0) return from;
    const { ingest, topic } = this.#options;
    const dying = {
      begin: (_mode: string, work: (tx: never) => Promise<unknown>) =>
        ingest.begin(async (tx) => {
          await work(tx as never);
          throw new Killed();
        }),
    } as unknown as Database;
    const cache = this.#consumers[which]?.cache ?? new Map();
    await settle({ db: dies ? dying : ingest, councils: this.#councils, cache }, topic, partition, taken);
    return from + taken.length;
  }

  /** A consumer's place: what it remembers, or what was committed. */
  #placeOf(which: number, partition: number): number {
    return this.#consumers[which]?.at.get(partition) ?? this.committed[partition] ?? 0;
  }

  #restart(which: number): void {
    this.#consumers[which] = { at: new Map(), cache: new Map() };
  }

  async #ingest(partition: number, messages: number, fails: 'no' | 'settling' | 'settled'): Promise<void> {
    const which = this.#owner[partition] ?? 0;
    const from = this.#placeOf(which, partition);
    const end = Math.min(from + messages, this.partitions[partition]?.length ?? 0);
    if (this.#options.mistake === 'offset-before-settling') this.committed[partition] = end;
    try {
      const next = await this.#settle(which, partition, from, messages, fails === 'settling');
      if (fails === 'settled') return this.#restart(which);
      this.#consumers[which]?.at.set(partition, next);
      this.committed[partition] = next;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      this.#restart(which);
    }
  }

  /** The former owner's commit is refused by Kafka: it belongs to an older generation. */
  async #rebalance(partition: number, messages: number): Promise<void> {
    const former = this.#owner[partition] ?? 0;
    const next = 1 - former;
    const from = this.#placeOf(former, partition);
    this.#owner[partition] = next;
    this.#consumers[next]?.at.delete(partition);
    await Promise.all([
      this.#settle(former, partition, from, messages, false),
      this.#ingest(partition, messages, 'no'),
    ]);
    this.#consumers[former]?.at.delete(partition);
  }

  async #relay(fails: 'no' | 'screened' | 'signalling' | 'signalled'): Promise<void> {
    const over = new AbortController();
    const early = this.#options.mistake === 'acknowledged-before-signals';
    const die = (): never => {
      over.abort();
      throw new Killed();
    };
    let signals = 0;
    const store: TrackerStore = {
      ...this.#store,
      unsettledCohorts: async () => [],
      readyCohorts: async () => [],
      screenChanges: async () => {
        const found = await this.#store.screenChanges(RELAY_ROWS);
        if (early) await this.#store.acknowledge(found.rows);
        if (fails === 'screened') die();
        if (found.rows.length === 0) over.abort();
        return { ...found, more: false };
      },
      acknowledge: async (rows) => {
        if (fails === 'signalled') die();
        await this.#store.acknowledge(rows);
        over.abort();
      },
    };
    const look = async (cohort: CohortRef): Promise<void> => {
      if (fails === 'signalling' && signals > 0) die();
      signals += 1;
      this.#looks.set(`${cohort.evaluation}/${cohort.wave}`, cohort);
    };
    const [heard, release] = [async (): Promise<void> => {}, async (): Promise<void> => {}];
    await relay(store, { look, heard, release }, log, createTrackerMetrics(), over.signal, { interval: 0 });
  }

  async #look(fails: boolean): Promise<void> {
    const [first] = this.#looks;
    if (!first) return;
    const [name, cohort] = first;
    this.#looks.delete(name);
    await this.#store.recomputeCohort(cohort, () => {});
    if (fails) this.#looks.set(name, cohort);
  }

  /** Everything goes on, with nothing in its way. */
  async finish(): Promise<void> {
    while (this.#sent < this.#options.messages.length) this.#send(50, 'no');
    for (const partition of this.partitions.keys())
      await this.#ingest(partition, Number.MAX_SAFE_INTEGER, 'no');
    for (let waiting = 1; waiting > 0; ) {
      await this.#relay('no');
      const [row] = await this.#options.db<
        { rows: number }[]
      >`select count(*)::int as rows from waymark.outbox`;
      waiting = row?.rows ?? 0;
    }
    while (this.#looks.size > 0) await this.#look(false);
  }

  /** Events by child and id, of these messages. */
  #named(messages: readonly FeedMessage[]): Set<string> {
    return new Set(
      messages.flatMap((one) =>
        isFeedStatement(one)
          ? []
          : [`${councilOf(one.source)} ${one.subject.slice(1)} ${one.id.replaceAll('-', '')}`],
      ),
    );
  }

  /**
   * What holds after every step. @returns what does not:
   * the ledger is exactly what was settled; every message is accounted for once; an offset is committed only behind what was
   * settled; and every change that waits is waited for, by a row of the outbox or by a signal that was accepted.
   */
  async faults(): Promise<string[]> {
    const { db, topic, messages } = this.#options;
    const found: string[] = [];
    const intake = await db<{ partition: number; next: number; received: number }[]>`
      select partition, next_offset::int as next, received::int as received from waymark.intake where topic = ${topic}`;
    const next = new Map(intake.map((row) => [row.partition, row.next]));
    for (const { partition, next: settled, received } of intake)
      if (settled !== received)
        found.push(`partition ${partition} accounts for ${received} of ${settled} messages`);
    for (const [partition, committed] of this.committed.entries())
      if (committed > (next.get(partition) ?? 0))
        found.push(`partition ${partition} is committed beyond what is settled`);
    const settled = this.#named(
      this.partitions.flatMap((log, partition) => log.slice(0, next.get(partition) ?? 0)),
    );
    const councils = [...new Set(messages.map(({ source }) => councilOf(source)))];
    const stored = await db<{ name: string }[]>`
      select o.code || ' ' || replace(c.pseudonym::text, '-', '') || ' ' || replace(e.event_id::text, '-', '') as name
      from waymark.case_event e join waymark.child c using (child_key) join waymark.council o using (council_id)
      where o.code = any(${councils})`;
    const ledger = new Set(stored.map(({ name }) => name));
    if (ledger.size !== stored.length) found.push('the ledger holds an event twice');
    for (const name of settled) if (!ledger.has(name)) found.push(`the ledger lacks ${name}`);
    for (const name of ledger)
      if (!settled.has(name)) found.push(`the ledger has ${name}, which was not settled`);
    const forgotten = await db<{ evaluation: string; wave: string }[]>`
      select distinct v.slug as evaluation, c.wave from waymark.cohort_change c join waymark.evaluation v using (evaluation_id)
      where not exists (select from waymark.outbox o where c.child_key = any(o.child_keys))`;
    for (const { evaluation, wave } of forgotten)
      if (!this.#looks.has(`${evaluation}/${wave}`))
        found.push(`nobody will look at ${evaluation} of ${wave}`);
    return found;
  }

  /** What holds in the end: everything that was to be sent is in the ledger, and nothing waits. */
  async unfinished(): Promise<string[]> {
    const { db, messages } = this.#options;
    const arrived = this.#named(this.partitions.flat());
    const missing = [...this.#named(messages)].filter((name) => !arrived.has(name));
    const [waiting] = await db<{ rows: number }[]>`
      select (select count(*) from waymark.outbox)::int + (select count(*) from waymark.cohort_change)::int as rows`;
    return [
      ...(await this.faults()),
      ...missing.map((name) => `${name} never reached Kafka`),
      ...((waiting?.rows ?? 0) > 0 ? [`${waiting?.rows} changes wait`] : []),
    ];
  }
}
