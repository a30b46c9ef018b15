// A whole Waymark under load while something goes wrong, and afterwards an account of every event and every outcome.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { CaseEvent } from '../../schemas/case-event.ts';
import type { FeedMessage } from '../../schemas/message.ts';
import { Protocol } from '../../schemas/protocol.ts';
import { resultOf } from '../../services/analysis/result.ts';
import { feedStatement, recordEvent } from '../../services/council/case-event.ts';
import { pseudonymiser } from '../../services/council/pseudonym.ts';
import { NOTHING_ALLOTTED } from '../../services/evaluations/evaluate/allocation.ts';
import { evaluate } from '../../services/evaluations/evaluate/evaluate.ts';
import { Known } from '../../services/evaluations/evaluate/known.ts';
import { evaluationNamed } from '../../services/evaluations/evaluation.ts';
import { verifyChain } from '../../services/evaluations/lifecycle/chain.ts';
import { createEvaluation, registerCouncils } from '../../services/evaluations/register.ts';
import { INGEST_GROUP } from '../../services/ingest/run.ts';
import { reReferral } from '../../services/outcomes/definitions.ts';
import { createKey } from '../../services/platform/access.ts';
import { contentHash } from '../../services/platform/content-hash.ts';
import { connect, type Database } from '../../services/platform/database.ts';
import { connectKafka, type Kafka, lagOf } from '../../services/platform/kafka.ts';
import { migrate } from '../../services/platform/migrate.ts';
import { type Clock, postgresNow, settableClock } from './clock.ts';
import { type Network, network } from './proxy.ts';
import { type Servers, servers } from './servers.ts';
import { freePort, Supervised } from './supervised.ts';

const BATCH = 100;
const BATCHES_A_SECOND = 25;
/** A clock is seen to be set after a second or two, a history grows by the second: such a delivery goes on until long after. */
const BATCHES_A_SECOND_SLOWLY = 1;
const RECORDS_A_CHILD = 7;
const LIMIT_MS = 180_000;
const MS_AN_EVENT = 2;
const TOPIC = 'case-events.v1';

export type ProcessName = 'gateway' | 'ingest' | 'tracker';

/** The three processes', or PostgreSQL's. Temporal asks the kernel itself; under libfaketime Kafka's timed waits end at once. */
export type ClockOf = 'processes' | 'postgres';

/** What a fault may touch. */
export interface Scene {
  servers: Servers;
  processes: Record<ProcessName, Supervised>;
  /** Between the processes and PostgreSQL, and between the tracker and Temporal. */
  toPostgres: Network;
  toTemporal: Network;
  /** Sets a clock so many seconds ahead of the true time; only the clocks that the setting names. */
  setClock(whose: ClockOf, seconds: number): Promise<void>;
  /** What is to be done once everything has been accounted for. */
  afterwards(work: () => Promise<void>): void;
  /** Resolves when every process is ready and another message is stored; throws when the delivery is over. */
  goesOn(): Promise<void>;
  /** Straight to the store and to Kafka. */
  db: Database;
  databaseUrl: string;
  kafka: Kafka;
  topic: string;
  /** A further process of the same settings, to be stopped by who asked for it. */
  another(name: ProcessName): Promise<Supervised>;
  /** Lines of the delivery under way. */
  lines: readonly string[];
}

export interface Outcome {
  lost: number;
  doubled: number;
  altered: number;
  /** Messages in quarantine that the fault did not put there, or that it did and that are missing. */
  misplaced: number;
  /** Messages in Kafka that ingest does not get past. */
  stuck: number;
  outcomesDiffer: boolean;
  chainFaults: number;
  /** Seconds from the end of the fault until every process is ready and a message sent since is stored. */
  recovered: number;
}

/** What a theatre is built with. */
export interface Setting {
  brokers?: 1 | 3;
  /** Whose clock can be set; the processes then live in London. */
  clocks?: ClockOf[];
  /** Temporal ends histories early. */
  shortHistories?: boolean;
}

/** A fault; it ends when this resolves. @returns how many messages it put where they belong into quarantine */
export type Fault = (scene: Scene) => Promise<number>;

async function until(
  what: string,
  holds: () => Promise<boolean>,
  { every = 100, within = LIMIT_MS } = {},
): Promise<void> {
  const end = Date.now() + within;
  for (;;) {
    if (await holds().catch(() => false)) return;
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await pause(every);
  }
}

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

const protocolOf = (id: string, council: string): Protocol =>
  Protocol.parse({
    protocolVersion: 1,
    id,
    title: 'Through a fault',
    question: 'Is it what was sent?',
    dataSource: 'simulated',
    design: 'randomised',
    councils: [council],
    population: {
      index: { record: 'referral', countNoFurtherAction: true },
      from: '2024-01-01',
      to: '2024-12-31',
    },
    unit: 'child',
    allocation: { method: 'seeded', seed: 'any-seed', trialShare: 0.5 },
    arms: { trial: 'Trial', comparison: 'Comparison' },
    waves: 'quarter',
    horizons: [6],
    outcomes: [reReferral],
    primary: { outcome: reReferral.id, horizon: 6 },
    disclosure: { threshold: 1 },
  });

const bare = (name: string): string => name.replaceAll('-', '');

/** The whole of it, from start to stop; one scene plays many faults, each with a council and an evaluation of its own. */
export class Theatre {
  readonly #servers: Servers;
  readonly #networks: { toPostgres: Network; toTemporal: Network };
  readonly #clocks: ReadonlyMap<ClockOf, Clock>;
  readonly #brokers: number;
  readonly #batchesASecond: number;
  readonly #env: Record<string, string>;
  readonly #processes: Record<ProcessName, Supervised>;
  readonly #gateway: string;
  readonly #databaseUrl: string;
  readonly db: Database;
  readonly kafka: Kafka;
  #played = 0;

  private constructor(all: {
    servers: Servers;
    networks: { toPostgres: Network; toTemporal: Network };
    clocks: ReadonlyMap<ClockOf, Clock>;
    slow: boolean;
    env: Record<string, string>;
    processes: Record<ProcessName, Supervised>;
    gateway: string;
    databaseUrl: string;
    brokers: string[];
  }) {
    this.#servers = all.servers;
    this.#networks = all.networks;
    this.#clocks = all.clocks;
    this.#brokers = all.servers.brokers.length;
    this.#batchesASecond = all.slow ? BATCHES_A_SECOND_SLOWLY : BATCHES_A_SECOND;
    this.#env = all.env;
    this.#processes = all.processes;
    this.#gateway = all.gateway;
    this.#databaseUrl = all.databaseUrl;
    this.db = connect(all.databaseUrl, 3, 'waymark-faults');
    this.kafka = connectKafka(all.brokers, 'waymark-faults');
  }

  static async open(root: string, cacheDir: string, setting: Setting = {}): Promise<Theatre> {
    await rm(root, { recursive: true, force: true });
    const clocks = new Map<ClockOf, Clock>();
    for (const whose of setting.clocks ?? [])
      clocks.set(whose, await settableClock(join(root, `clock-of-${whose}`)));
    const all = await servers(root, cacheDir, {
      ...setting,
      postgresEnv: clocks.get('postgres')?.env,
    });
    const [{ databaseUrl }, { temporalAddress }, ...kafkas] = await Promise.all([
      all.postgres.start(),
      all.temporal.start(),
      ...all.brokers.map((broker) => broker.start()),
    ]);
    const kafkaBrokers = kafkas.flatMap((broker) => broker.kafkaBrokers);
    await migrate(databaseUrl);
    const real = new URL(databaseUrl);
    const toPostgres = await network({ host: real.hostname, port: Number(real.port) });
    const proxied = new URL(databaseUrl);
    proxied.port = String(toPostgres.port);
    const [host = '', port] = temporalAddress.split(':');
    const toTemporal = await network({ host, port: Number(port) });
    const env = {
      WAYMARK_HOME: join(root, 'home'),
      DATABASE_URL: proxied.href,
      KAFKA_BROKERS: kafkaBrokers.join(','),
      TEMPORAL_ADDRESS: `127.0.0.1:${toTemporal.port}`,
      LOG_LEVEL: 'fatal',
      ...clocks.get('processes')?.env,
    };
    const gatewayPort = await freePort();
    const supervised = async (name: ProcessName): Promise<Supervised> =>
      new Supervised(name, {
        ...env,
        WAYMARK_METRICS_PORT: String(await freePort()),
        ...(name === 'gateway' && { WAYMARK_GATEWAY_PORT: String(gatewayPort) }),
      });
    const processes = {
      gateway: await supervised('gateway'),
      ingest: await supervised('ingest'),
      tracker: await supervised('tracker'),
    };
    for (const one of Object.values(processes)) one.start();
    const theatre = new Theatre({
      servers: all,
      networks: { toPostgres, toTemporal },
      clocks,
      slow: clocks.size > 0 || setting.shortHistories === true,
      env,
      processes,
      gateway: `http://127.0.0.1:${gatewayPort}`,
      databaseUrl,
      brokers: kafkaBrokers,
    });
    await until('every process is ready', () => theatre.#ready());
    return theatre;
  }

  async #ready(): Promise<boolean> {
    const all = await Promise.all(Object.values(this.#processes).map((one) => one.ready()));
    return all.every(Boolean);
  }

  async #received(): Promise<number> {
    const [row] = await this.db<{ received: number }[]>`
      select coalesce(sum(received), 0)::int as received from waymark.intake`;
    return row?.received ?? 0;
  }

  /** Sends until it is answered: every doubt means "send it again". */
  async #deliver(lines: readonly string[], key: string, progress: (sent: number) => void): Promise<void> {
    for (let from = 0; from < lines.length; ) {
      const began = performance.now();
      const body = lines.slice(from, from + BATCH).join('\n');
      const answer = await fetch(`${this.#gateway}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
        body,
        signal: AbortSignal.timeout(30_000),
      }).then(
        ({ status }) => status,
        () => 0,
      );
      if (answer === 202) {
        from += BATCH;
        progress(Math.min(from, lines.length));
      } else if (answer === 422 || answer === 401) throw new Error(`the gateway refused with ${answer}`);
      await pause(Math.max(0, 1_000 / this.#batchesASecond - (performance.now() - began)));
    }
  }

  /** One fault in the middle of a delivery of so many events, and what had become of everything in the end. */
  async play(fault: Fault, events: number, seed: number): Promise<Outcome> {
    this.#played += 1;
    const council = `E099${String(this.#played).padStart(5, '0')}`;
    const slug = `fault-${this.#played}`;
    await registerCouncils(this.db, [{ code: council, name: slug, dataSource: 'simulated' }]);
    await createEvaluation(this.db, protocolOf(slug, council));
    const key = await createKey(this.db, { label: slug, role: 'council', council });
    const messages: FeedMessage[] = [
      ...source(council, events, seed),
      feedStatement(council, '2026-06-01T00:00:00Z', {
        kinds: ['referral', 'child'],
        completeThrough: '2025-12-31',
      }),
    ];
    const lines = messages.map((message) => JSON.stringify(message));
    const quarantinedBefore = await this.#quarantined();
    let sent = 0;
    const delivering = this.#deliver(lines, key, (now) => {
      sent = now;
    });
    delivering.catch(() => {});
    await until('two fifths are sent', async () => sent >= 0.4 * events, { every: 10 });
    const later: (() => Promise<void>)[] = [];
    const planted = await fault(
      this.#scene(lines, {
        afterwards: (work) => later.push(work),
        goesOn: () => this.#goesOn(() => sent < events),
      }),
    );
    const over = performance.now();
    const sentThen = sent;
    const receivedThen = await this.#received().catch(() => 0);
    // A batch has events of every partition: of several brokers each partition needs a leader again before one is answered.
    const wanted = this.#brokers > 1 ? Math.min(sentThen + 2 * BATCH, events) : 0;
    const goesOn = async () =>
      sent >= wanted &&
      (await this.#ready()) &&
      ((await this.#received()) > receivedThen || (sentThen >= events && sent >= events));
    await until('all goes on', goesOn, { every: 50 });
    const recovered = (performance.now() - over) / 1_000;
    await delivering;
    const account = await this.#account(slug, council, messages, quarantinedBefore + planted);
    for (const work of later) await work();
    return { ...account, recovered };
  }

  /** Waits until every process is ready and another message is stored. */
  async #goesOn(under: () => boolean): Promise<void> {
    await until('every process is ready', () => this.#ready());
    const before = await this.#received();
    const another = async () => !under() || (await this.#received()) > before;
    await until('another message is stored', another);
    if (!under()) throw new Error('the delivery was over before the fault: give it more events');
  }

  #scene(lines: readonly string[], delivery: Pick<Scene, 'afterwards' | 'goesOn'>): Scene {
    return {
      ...this.#networks,
      ...delivery,
      setClock: async (whose, seconds) => {
        const clock = this.#clocks.get(whose);
        if (!clock) throw new Error(`the clock of ${whose} cannot be set here`);
        await clock.set(`${seconds < 0 ? '' : '+'}${seconds}`);
        for (const ahead of this.#readers(whose))
          await until(`the clock of ${whose} is set`, async () => Math.abs((await ahead()) - seconds) < 10);
      },
      servers: this.#servers,
      processes: this.#processes,
      db: this.db,
      databaseUrl: this.#databaseUrl,
      kafka: this.kafka,
      topic: TOPIC,
      lines,
      another: async (name) => {
        const one = new Supervised(name, { ...this.#env, WAYMARK_METRICS_PORT: String(await freePort()) });
        one.start();
        await until(`another ${name} is ready`, () => one.ready());
        return one;
      },
    };
  }

  /** Each answers by how many seconds a clock of those is ahead. */
  #readers(whose: ClockOf): (() => Promise<number>)[] {
    if (whose === 'processes') return Object.values(this.#processes).map((one) => () => one.clockAhead());
    return [async () => ((await postgresNow(this.db)) - Date.now()) / 1_000];
  }

  async #quarantined(): Promise<number> {
    const [row] = await this.db<{ count: number }[]>`select count(*)::int as count from waymark.quarantine`;
    return row?.count ?? 0;
  }

  /** Waits until nothing waits, then compares with what was sent. */
  async #account(slug: string, council: string, messages: FeedMessage[], quarantined: number) {
    const evaluation = await evaluationNamed(this.db, slug);
    if (!evaluation) throw new Error(`no evaluation ${slug}`);
    const known = new Known([council]);
    for (const message of messages) known.take(JSON.stringify(message));
    const { results } = evaluate(evaluation.protocol, known, NOTHING_ALLOTTED, {
      codeVersion: 'test',
      asOf: null,
    });
    const stored = async () => (await resultOf(this.db, evaluation)).results;
    const same = async () => {
      const counts = (await stored()).map(({ outcome, horizon, arms }) => ({ outcome, horizon, arms }));
      return contentHash(counts) === contentHash(results);
    };
    const settled = async () => {
      const [row] = await this.db<{ rows: number }[]>`
        select (select count(*) from waymark.outbox)::int + (select count(*) from waymark.cohort_change)::int as rows`;
      return row?.rows === 0;
    };
    const events = messages.filter((one): one is CaseEvent => 'subject' in one);
    const wanted = new Map(
      events.map((one) => [bare(one.id), contentHash('state' in one.data ? one.data.state : null)]),
    );
    const ledger = async () => {
      const rows = await this.db<{ id: string; state: unknown }[]>`
        select e.event_id as id, e.state from waymark.case_event e join waymark.child c using (child_key)
        join waymark.council o using (council_id) where o.code = ${council}`;
      const found = new Map(rows.map(({ id, state }) => [bare(id), contentHash(state)]));
      return {
        lost: [...wanted.keys()].filter((id) => !found.has(id)).length,
        doubled: rows.length - found.size + [...found.keys()].filter((id) => !wanted.has(id)).length,
        altered: [...found].filter(([id, hash]) => wanted.has(id) && wanted.get(id) !== hash).length,
      };
    };
    const stuck = () => lagOf(this.kafka, TOPIC, INGEST_GROUP);
    const whole = async () =>
      (await stuck()) === 0 && (await settled()) && (await ledger()).lost === 0 && (await same());
    const within = LIMIT_MS + MS_AN_EVENT * events.length;
    await until('everything has arrived', whole, { within }).catch(() => {});
    return {
      ...(await ledger()),
      stuck: await stuck(),
      misplaced: Math.abs((await this.#quarantined()) - quarantined),
      outcomesDiffer: !(await same()),
      chainFaults: (await verifyChain(this.db, evaluation)).faults.length,
    };
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#processes).map((one) => one.stop()));
    await this.db.end({ timeout: 2 });
    await Promise.all(Object.values(this.#networks).map((one) => one.close()));
    const { postgres, temporal, brokers } = this.#servers;
    await Promise.all([postgres, temporal, ...brokers].map((one) => one.stop()));
  }
}
