// PostgreSQL, Kafka and Temporal of a fault test, each in a home of its own so that each can be killed, frozen and started alone.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Guarded } from '../../infra/local/guarded.ts';
import { type Home, homeAt, makeHome } from '../../infra/local/home.ts';
import { newCluster, startKafka } from '../../infra/local/kafka.ts';
import type { Starting } from '../../infra/local/part.ts';
import { choosePorts, type Ports } from '../../infra/local/ports.ts';
import { startPostgres } from '../../infra/local/postgres.ts';
import { startTemporal } from '../../infra/local/temporal.ts';
import { silent } from '../../services/platform/progress.ts';

export type ServerName = 'postgres' | 'kafka' | 'temporal';

const STARTS = 10;

export class Server<Answer> {
  readonly home: Home;
  readonly #ports: Ports;
  readonly #begin: (starting: Starting) => Promise<Answer>;
  readonly #env: Record<string, string> | undefined;
  #process: Guarded | undefined;
  answer: Answer | undefined;

  constructor(
    home: Home,
    ports: Ports,
    begin: (starting: Starting) => Promise<Answer>,
    env?: Record<string, string>,
  ) {
    this.home = home;
    this.#ports = ports;
    this.#begin = begin;
    this.#env = env;
  }

  /** Starts it; what a kill left behind may hold the first attempts up. */
  async start(): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.answer = await this.#begin({
          home: this.home,
          ports: this.#ports,
          progress: silent,
          signal: new AbortController().signal,
          env: this.#env,
          track: (process) => {
            this.#process = process;
          },
        });
        return this.answer;
      } catch (error) {
        if (attempt === STARTS) throw error;
        await pause(300);
      }
    }
  }

  /** Whether its process has ended. */
  async ended(): Promise<boolean> {
    const running = this.#process;
    if (!running) return true;
    return Promise.race([running.ended.then(() => true), pause(20, false)]);
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#process?.pid) process.kill(this.#process.pid, signal);
  }

  /** Kill -9. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#process?.ended;
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }
}

/** Far below what a cohort's history reaches in one delivery: Temporal ends a run that goes past the second. */
const SHORT_HISTORIES = {
  'limit.historyCount.suggestContinueAsNew': '60',
  'limit.historyCount.error': '240',
};

/**
 * @param brokers of Kafka: one alone, or three that hold each partition together
 * @param shortHistories whether Temporal's limits of a history are low
 * @param envs added to the environments of servers
 * @param temporalCommand another build of Temporal
 */
export async function servers(
  root: string,
  cacheDir: string,
  {
    brokers = 1,
    shortHistories = false,
    envs = {},
    temporalCommand,
  }: {
    brokers?: 1 | 3;
    shortHistories?: boolean;
    envs?: Partial<Record<ServerName, Record<string, string>>>;
    temporalCommand?: string | undefined;
  } = {},
) {
  const ports = await choosePorts({}, {});
  const home = async (name: string): Promise<Home> => {
    const made = homeAt(join(root, name), { cacheDir });
    await mkdir(root, { recursive: true });
    await makeHome(made);
    return made;
  };
  const cluster = newCluster();
  const places: Ports[] = [ports];
  while (places.length < brokers) places.push(await choosePorts({}, {}));
  const controllers = places.map(({ kafkaController: port }, at) => ({ id: at + 1, port }));
  const kafkas = await Promise.all(
    places.map(
      async (place, at) =>
        new Server(
          await home(at === 0 ? 'kafka' : `kafka-${at + 1}`),
          place,
          (starting) =>
            startKafka(starting, brokers === 1 ? undefined : { id: at + 1, cluster, controllers }),
          envs.kafka,
        ),
    ),
  );
  const [kafka] = kafkas;
  if (!kafka) throw new Error('a stack has a broker');
  return {
    postgres: new Server(await home('postgres'), ports, (starting) => startPostgres(starting), envs.postgres),
    kafka,
    /** All of them; the first is `kafka`. Their numbers in Kafka count from 1. */
    brokers: kafkas,
    temporal: new Server(
      await home('temporal'),
      ports,
      (starting) =>
        startTemporal(starting, 'default', {
          ...(shortHistories && { limits: SHORT_HISTORIES }),
          ...(temporalCommand && { command: temporalCommand }),
        }),
      envs.temporal,
    ),
  };
}

export type Servers = Awaited<ReturnType<typeof servers>>;
