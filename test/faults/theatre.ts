// A whole Waymark under load while something goes wrong, and afterwards an account of every event and every outcome.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createEvaluation, registerCouncils } from '../../services/evaluations/register.ts';
import { createKey } from '../../services/platform/access.ts';
import { connect, type Database } from '../../services/platform/database.ts';
import { connectKafka, type Kafka } from '../../services/platform/kafka.ts';
import { migrate } from '../../services/platform/migrate.ts';
import { type Account, accountOf, quarantinedIn } from './account.ts';
import { type Clock, settableClock } from './clock.ts';
import { aheadOf } from './clock-seen.ts';
import { type Network, network } from './proxy.ts';
import type { ClockOf, Fault, ProcessName, Scene, Setting } from './scene.ts';
import { BATCH, deliver } from './sender.ts';
import { type Servers, servers } from './servers.ts';
import { messagesOf, protocolOf } from './source.ts';
import { freePort, Supervised } from './supervised.ts';
import { temporalOfSettableClock } from './temporal-clock.ts';
import { until } from './until.ts';

const BATCHES_A_SECOND = 25;
/** A clock is seen to be set after a second or two, a history grows by the second: such a delivery goes on until long after. */
const BATCHES_A_SECOND_SLOWLY = 1;
const TOPIC = 'case-events.v1';

export interface Outcome extends Account {
  /** Seconds from the end of the fault until every process is ready and a message sent since is stored. */
  recovered: number;
}

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
      envs: Object.fromEntries([...clocks].map(([whose, { env }]) => [whose, env])),
      temporalCommand: clocks.has('temporal') ? await temporalOfSettableClock(cacheDir) : undefined,
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

  /** One fault in the middle of a delivery of so many events, and what had become of everything in the end. */
  async play(fault: Fault, events: number, seed: number): Promise<Outcome> {
    this.#played += 1;
    const council = `E099${String(this.#played).padStart(5, '0')}`;
    const slug = `fault-${this.#played}`;
    await registerCouncils(this.db, [{ code: council, name: slug, dataSource: 'simulated' }]);
    await createEvaluation(this.db, protocolOf(slug, council));
    const key = await createKey(this.db, { label: slug, role: 'council', council });
    const messages = messagesOf(council, events, seed);
    const lines = messages.map((message) => JSON.stringify(message));
    const quarantinedBefore = await quarantinedIn(this.db);
    let sent = 0;
    const delivering = deliver(this.#gateway, lines, key, {
      batchesASecond: this.#batchesASecond,
      progress: (now) => {
        sent = now;
      },
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
    const account = await accountOf(this.db, this.kafka, {
      ...{ slug, council, topic: TOPIC, messages },
      quarantined: quarantinedBefore + planted,
    });
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
        await clock.set(seconds);
        const set = async () => (await this.#ahead(whose)).every((ahead) => Math.abs(ahead - seconds) < 10);
        await until(`the clock of ${whose} is set`, set);
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

  /** By how many seconds each clock of those is ahead. */
  async #ahead(whose: ClockOf): Promise<number[]> {
    if (whose === 'processes')
      return Promise.all(Object.values(this.#processes).map((one) => one.clockAhead()));
    const temporalUi = this.#servers.temporal.answer?.temporalUi ?? '';
    return [await aheadOf(whose, { db: this.db, kafka: this.kafka, temporalUi })];
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#processes).map((one) => one.stop()));
    await this.db.end({ timeout: 2 });
    await Promise.all(Object.values(this.#networks).map((one) => one.close()));
    const { postgres, temporal, brokers } = this.#servers;
    await Promise.all([postgres, temporal, ...brokers].map((one) => one.stop()));
  }
}
