// A delivery during which `waymark council send`, the gateway and Kafka are killed with -9 in turn, and what the ledger holds
// in the end. The source is made from a seed; the moments of the kills are drawn from it too.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { homeAt, type RunningStack, up } from '../../infra/local/index.ts';
import { liveRecords } from '../../infra/local/records.ts';
import type { CaseEvent } from '../../schemas/case-event.ts';
import type { RecordState } from '../../schemas/records.ts';
import { recordEvent } from '../../services/council/case-event.ts';
import { pseudonymiser } from '../../services/council/pseudonym.ts';
import { registerCouncils } from '../../services/evaluations/register.ts';
import { INGEST_GROUP } from '../../services/ingest/run.ts';
import { createKey } from '../../services/platform/access.ts';
import { loadConfig } from '../../services/platform/config.ts';
import { contentHash } from '../../services/platform/content-hash.ts';
import { connect, type Database } from '../../services/platform/database.ts';
import { connectKafka, lagOf } from '../../services/platform/kafka.ts';

const WAYMARK = fileURLToPath(new URL('../../infra/waymark.mjs', import.meta.url));
const COUNCIL = 'E09900001';
const RECORDS_A_CHILD = 7;
const LIMIT_MS = 600_000;

export type Victim = 'send' | 'gateway' | 'kafka';

export interface Kill {
  victim: Victim;
  /** Messages that were settled when it was killed. */
  at: number;
  /** Seconds from the kill to the next message settled at the sender. */
  recovered: number;
}

export interface Sum {
  events: number;
  /** SHA-256 over every event's child, id, record, time and state, in the order of their ids. */
  sha256: string;
}

export interface KilledDelivery {
  seed: number;
  kills: Kill[];
  seconds: number;
  source: Sum;
  ledger: Sum;
  /** Messages that reached Kafka twice because an answer was lost. */
  duplicates: number;
  quarantined: number;
}

export interface KilledDeliveryOptions {
  events: number;
  seed: number;
  /** Each victim is killed so often. */
  rounds: number;
  /** An empty, migrated database. */
  databaseUrl: string;
  temporalAddress: string;
  /** An empty folder for Kafka and the spool. */
  home: string;
  cacheDir: string;
  say?: (line: string) => void;
}

/** Mulberry32: small, seeded, good enough to draw moments and dates. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Referrals of children, every seventh a correction of the one before it. */
function* source(events: number, seed: number): Generator<CaseEvent> {
  const names = pseudonymiser(new Uint8Array(32).fill(seed % 256));
  const draw = random(seed);
  for (let at = 0; at < events; at += 1) {
    const local = `child ${Math.floor(at / RECORDS_A_CHILD)}`;
    const corrects = at % RECORDS_A_CHILD === RECORDS_A_CHILD - 1;
    const day = String(1 + Math.floor(draw() * 28)).padStart(2, '0');
    const state: RecordState<'referral'> = {
      date: `2025-0${1 + Math.floor(draw() * 9)}-${day}`,
      source: '1A',
    };
    yield recordEvent(
      {
        council: COUNCIL,
        child: names.child(local),
        recordId: names.record(local, 'referral', String(corrects ? at - 1 : at)),
        recordedAt: new Date(Date.UTC(2026, 0, 1) + at * 1_000).toISOString(),
      },
      'referral',
      state,
    );
  }
}

const digits = (name: string): string => name.replaceAll('-', '').toLowerCase();

function sumOf(lines: string[]): Sum {
  const hash = createHash('sha256');
  for (const line of lines.sort()) hash.update(`${line}\n`);
  return { events: lines.length, sha256: hash.digest('hex') };
}

const lineOf = (id: string, child: string, record: string, recordedAt: Date, state: unknown): string =>
  `${digits(id)} ${digits(child)} ${digits(record)} ${recordedAt.toISOString()} ${contentHash(state)}`;

async function writeSource(path: string, events: number, seed: number): Promise<Sum> {
  const lines: string[] = [];
  const file = createWriteStream(path, { mode: 0o600 });
  for (const event of source(events, seed)) {
    if (!file.write(`${JSON.stringify(event)}\n`)) await once(file, 'drain');
    const state = 'state' in event.data ? event.data.state : null;
    lines.push(
      lineOf(event.id, event.subject.slice(1), event.data.recordId.slice(1), new Date(event.time), state),
    );
  }
  file.end();
  await once(file, 'close');
  return sumOf(lines);
}

async function ledgerSum(db: Database): Promise<Sum> {
  const lines: string[] = [];
  const rows = db<{ id: string; child: string; record: string; at: Date; state: unknown }[]>`
    select e.event_id as id, c.pseudonym as child, e.record_id as record, e.recorded_at as at, e.state
    from waymark.case_event e join waymark.child c using (child_key)`.cursor(5_000);
  for await (const some of rows)
    for (const { id, child, record, at, state } of some) lines.push(lineOf(id, child, record, at, state));
  return sumOf(lines);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** The processes of one delivery; whatever happens, `stop` ends them all. */
class Processes {
  readonly #options: KilledDeliveryOptions;
  readonly #running = new Map<string, ChildProcess>();
  #kafka: RunningStack | undefined;
  #port = 0;

  constructor(options: KilledDeliveryOptions) {
    this.#options = options;
  }

  get spool(): string {
    return join(this.#options.home, 'spool');
  }

  get gateway(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async startKafka(fresh: boolean): Promise<void> {
    const { home, cacheDir, databaseUrl, temporalAddress } = this.#options;
    const given = { databaseUrl, temporalAddress };
    this.#kafka = await up({ home: join(home, 'kafka'), cacheDir, given, fresh, progress: () => {} });
  }

  start(name: string, ...args: string[]): ChildProcess {
    const { databaseUrl, temporalAddress, home } = this.#options;
    const child = spawn(process.execPath, [WAYMARK, ...args], {
      env: {
        ...process.env,
        WAYMARK_HOME: join(home, 'kafka'),
        DATABASE_URL: databaseUrl,
        TEMPORAL_ADDRESS: temporalAddress,
        KAFKA_BROKERS: this.#kafka?.addresses.kafkaBrokers.join(',') ?? '',
        WAYMARK_GATEWAY_PORT: String(this.#port),
        LOG_LEVEL: 'fatal',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.#running.set(name, child);
    return child;
  }

  async startGateway(): Promise<void> {
    this.#port ||= await freePort();
    this.start('gateway', 'gateway');
    const ready = () =>
      fetch(`${this.gateway}/ready`).then(
        ({ status }) => status === 200,
        () => false,
      );
    await until(ready, 'the gateway is ready');
  }

  startSend(...files: string[]): ChildProcess {
    const delivery = ['--gateway', this.gateway, '--api-key-file', join(this.#options.home, 'api.key')];
    return this.start('send', 'council', 'send', ...files, ...delivery, '--spool', this.spool, '--json');
  }

  async #end(name: string, signal: NodeJS.Signals): Promise<void> {
    const child = this.#running.get(name);
    this.#running.delete(name);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  /** Kills -9 and starts again. */
  async kill(victim: Victim): Promise<void> {
    if (victim !== 'kafka') {
      await this.#end(victim, 'SIGKILL');
      if (victim === 'gateway') await this.startGateway();
      else this.startSend();
      return;
    }
    const broker = liveRecords(homeAt(join(this.#options.home, 'kafka')).run).find(
      ({ name }) => name === 'kafka',
    );
    if (!broker) throw new Error('Kafka is not on record');
    process.kill(broker.child.pid, 'SIGKILL');
    await this.#kafka?.failed;
    await this.#kafka?.stop();
    await this.startKafka(false);
  }

  /** Resolves when the sender has ended by itself. */
  async sent(): Promise<number | null> {
    const child = this.#running.get('send');
    if (!child) throw new Error('nothing is being sent');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.exitCode;
  }

  /** Messages in Kafka that ingest has not settled. */
  async waiting(): Promise<number> {
    const kafka = connectKafka(this.#kafka?.addresses.kafkaBrokers ?? [], 'waymark-faults');
    return lagOf(kafka, loadConfig({}).topics.events, INGEST_GROUP);
  }

  get sending(): boolean {
    const child = this.#running.get('send');
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  async stop(): Promise<void> {
    for (const name of ['send', 'gateway', 'ingest']) await this.#end(name, 'SIGTERM');
    await this.#kafka?.stop();
  }
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + LIMIT_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await pause(50);
  }
}

/** How many messages the sender knows to be settled; all of them once its receipt is there. */
async function settled(spool: string, all: number): Promise<number> {
  const names = await readdir(spool).catch((): string[] => []);
  if (names.some((name) => name.endsWith('.receipt.json'))) return all;
  const text = await readFile(join(spool, '00000001.settled.json'), 'utf8').catch(() => '{"lines":0}');
  return (JSON.parse(text) as { lines: number }).lines;
}

/** Draws when to kill: the victims in turn, each in its own stretch of the first nine tenths of the delivery. */
function moments({ events, seed, rounds }: KilledDeliveryOptions): { victim: Victim; at: number }[] {
  const draw = random(seed + 1);
  const victims: Victim[] = ['send', 'gateway', 'kafka'];
  const turns = Array.from({ length: rounds }, () => victims).flat();
  return turns.map((victim, turn) => ({
    victim,
    at: Math.floor((events * 0.9 * (turn + 0.1 + 0.8 * draw())) / turns.length),
  }));
}

/** Delivers, kills, waits until all is in the ledger, and gives both sums. Leaves nothing running. */
export async function killedDelivery(options: KilledDeliveryOptions): Promise<KilledDelivery> {
  const { events, seed, home, databaseUrl, say = () => {} } = options;
  await mkdir(home, { recursive: true });
  const file = join(home, 'source.ndjson');
  const sourceSum = await writeSource(file, events, seed);
  const processes = new Processes(options);
  const db = connect(databaseUrl, 2, 'waymark-faults');
  try {
    await registerCouncils(db, [{ code: COUNCIL, name: 'Fault test', dataSource: 'simulated' }]);
    const key = await createKey(db, { label: 'fault test', role: 'council', council: COUNCIL });
    await writeFile(join(home, 'api.key'), `${key}\n`, { mode: 0o600 });
    await processes.startKafka(true);
    await processes.startGateway();
    processes.start('ingest', 'ingest');
    const began = performance.now();
    processes.startSend(file);
    const kills: Kill[] = [];
    const progress = () => settled(processes.spool, events);
    for (const { victim, at } of moments(options)) {
      await until(async () => (await progress()) >= at, `${at} messages are settled`);
      const before = await progress();
      const killed = performance.now();
      await processes.kill(victim);
      await until(async () => (await progress()) > before || !processes.sending, 'the delivery goes on');
      const recovered = Math.round((performance.now() - killed) / 10) / 100;
      kills.push({ victim, at: before, recovered });
      say(`${victim} killed at ${before} of ${events}; going on after ${recovered} s`);
    }
    const code = await processes.sent();
    if (code !== 0) throw new Error(`the sender ended with exit code ${code}`);
    await until(async () => (await processes.waiting()) === 0, 'ingest has taken everything');
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    const [account] = await db<{ duplicates: number; quarantined: number }[]>`
      select coalesce(sum(duplicates), 0)::integer as duplicates, coalesce(sum(quarantined), 0)::integer as quarantined
      from waymark.intake`;
    return {
      seed,
      kills,
      seconds,
      source: sourceSum,
      ledger: await ledgerSum(db),
      duplicates: account?.duplicates ?? 0,
      quarantined: account?.quarantined ?? 0,
    };
  } finally {
    await processes.stop();
    await db.end();
  }
}
