// The three parts run together or not at all: when one cannot start, the others are stopped before the error is told.
import type { StackAddresses } from '../../services/platform/addresses.ts';
import type { Config } from '../../services/platform/config.ts';
import { invariant, UserError } from '../../services/platform/errors.ts';
import type { Progress } from '../../services/platform/progress.ts';
import { type Guarded, type GuardedSpec, spawnGuarded } from './guarded.ts';
import { diskFull, emptyData, type Home, homeAt, makeHome } from './home.ts';
import { identify } from './identity.ts';
import { startKafka } from './kafka.ts';
import { takeLock } from './lock.ts';
import { PART_NAMES, PART_TITLES, type PartName, type Starting } from './part.ts';
import { choosePorts, type Ports } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { checkDatabase, checkKafka, checkTemporal } from './provided.ts';
import { stopLeftovers } from './records.ts';
import { readStackFile, writeStackFile } from './stack-file.ts';
import { startTemporal } from './temporal.ts';

export interface UpOptions {
  /** Absolute path of the home folder; everything the stack writes lies in it. */
  home: string;
  given: Config['given'];
  progress: Progress;
  /** Where data lies when not in `<home>/data`. */
  dataDir?: string;
  /** Where downloads lie when not in `<home>/cache`. */
  cacheDir?: string;
  /** Ports that must be these; others are last time's when free, else any free one. */
  ports?: Partial<Ports>;
  /** Temporal's namespace; `default` unless given. */
  namespace?: string;
  /** PostgreSQL settings over the usual ones (for tests and benchmarks). */
  postgresSettings?: Record<string, string>;
  /** Begin with empty data: what an earlier stack in this home kept is deleted (for tests). */
  fresh?: boolean;
  /** Gives up the start (a Ctrl-C during a long download). */
  signal?: AbortSignal;
}

/** A service process of Waymark's own, run beside the parts. */
export type ServiceSpec = Pick<GuardedSpec, 'name' | 'args' | 'env' | 'cwd' | 'stop'> & { command?: string };

export interface RunningStack {
  addresses: StackAddresses;
  /** Seconds until each part answered, and `total`. */
  seconds: Record<string, number>;
  versions: Record<string, string>;
  /** Resolves (never rejects) with the error when a part or service ends without having been asked to. */
  failed: Promise<UserError>;
  /**
   * Runs a service under a guardian (Node itself unless `command` is given) and waits for its `process.send({ ready: payload })`.
   * @throws UserError `service-failed` quoting its log when it ends first.
   */
  service<Ready = unknown>(spec: ServiceSpec): Promise<Guarded<Ready> & { payload: Ready }>;
  /** Stops services, then parts, and waits until nothing is left; harmless when called again. */
  stop(): Promise<void>;
}

/**
 * Starts the parts that are not given, in parallel, and waits until each answers. What a crash left behind is stopped first.
 * @throws UserError `stack-running`, `port-busy`, `disk-full`, `download-failed`, `java-missing`, `<part>-failed`,
 * `<part>-timeout`, `<part>-unreachable`, `interrupted`…; nothing is left running then.
 */
export async function up(options: UpOptions): Promise<RunningStack> {
  const home = homeAt(options.home, options);
  await makeHome(home);
  const unlock = takeLock(home);
  const stack = new Stack(home, unlock);
  try {
    await stopLeftovers(home.run);
    if (options.fresh) await emptyData(home);
    await stack.start(options);
    return stack;
  } catch (error) {
    await stack.stop();
    throw (error as NodeJS.ErrnoException).code === 'ENOSPC' ? diskFull(home.root) : error;
  }
}

class Stack implements RunningStack {
  readonly seconds: Record<string, number> = {};
  readonly versions: Record<string, string> = {};
  readonly failed: Promise<UserError>;
  readonly #home: Home;
  readonly #unlock: () => void;
  readonly #parts: Guarded[] = [];
  readonly #services: Guarded[] = [];
  #addresses: StackAddresses | undefined;
  #fail: (error: UserError) => void = () => {};
  #stopped: Promise<void> | undefined;

  constructor(home: Home, unlock: () => void) {
    this.#home = home;
    this.#unlock = unlock;
    this.failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
  }

  get addresses(): StackAddresses {
    invariant(this.#addresses, 'a stack is handed out after it has started');
    return this.#addresses;
  }

  async start(options: UpOptions): Promise<void> {
    const { given, progress, ports: asked = {}, namespace = 'default' } = options;
    const began = performance.now();
    const ports = await choosePorts(asked, readStackFile(this.#home)?.ports ?? {});
    const gaveUp = new AbortController();
    const { signal } = gaveUp;
    if (options.signal?.aborted) throw interrupted();
    options.signal?.addEventListener('abort', () => gaveUp.abort(interrupted()), { once: true });
    const starting: Starting = {
      home: this.#home,
      ports,
      progress,
      signal,
      track: (process) => this.#watch(process, this.#parts),
    };
    const part = async <T extends { version: string }>(
      name: PartName,
      start: () => Promise<T>,
    ): Promise<T> => {
      try {
        const started = await start();
        this.seconds[name] = (performance.now() - began) / 1000;
        this.versions[name] = started.version;
        progress({ stage: name, message: `${PART_TITLES[name]} ${started.version} answers` });
        return started;
      } catch (error) {
        gaveUp.abort(error);
        throw error;
      }
    };
    const settled = await Promise.allSettled([
      part('postgres', async () =>
        given.databaseUrl
          ? { databaseUrl: given.databaseUrl, version: await checkDatabase(given.databaseUrl, signal) }
          : startPostgres(starting, options.postgresSettings),
      ),
      part('kafka', async () => {
        if (!given.kafkaBrokers) return startKafka(starting);
        await checkKafka(given.kafkaBrokers, signal);
        return { kafkaBrokers: given.kafkaBrokers, version: 'unknown' };
      }),
      part('temporal', async () => {
        const temporalAddress = given.temporalAddress;
        if (!temporalAddress) return startTemporal(starting, namespace);
        const version = await checkTemporal(temporalAddress, namespace, signal);
        return { temporalAddress, temporalUi: null, version };
      }),
    ]);
    signal.throwIfAborted();
    const [postgres, kafka, temporal] = settled;
    invariant(
      postgres.status === 'fulfilled' && kafka.status === 'fulfilled' && temporal.status === 'fulfilled',
      'a part that fails aborts the start',
    );
    this.#addresses = {
      databaseUrl: postgres.value.databaseUrl,
      kafkaBrokers: kafka.value.kafkaBrokers,
      temporalAddress: temporal.value.temporalAddress,
      temporalUi: temporal.value.temporalUi,
    };
    this.seconds.total = (performance.now() - began) / 1000;
    const owner = identify(process.pid);
    invariant(owner, 'a process can identify itself');
    const isGiven = {
      postgres: given.databaseUrl,
      kafka: given.kafkaBrokers,
      temporal: given.temporalAddress,
    };
    writeStackFile(this.#home, {
      addresses: this.#addresses,
      ports,
      provided: PART_NAMES.filter((name) => isGiven[name] !== undefined),
      versions: this.versions,
      namespace,
      dataDir: this.#home.data,
      owner,
    });
  }

  async service<Ready>(spec: ServiceSpec): Promise<Guarded<Ready> & { payload: Ready }> {
    const running = spawnGuarded<Ready>(this.#home, { command: process.execPath, ...spec, ready: true });
    try {
      const payload = await running.ready;
      this.#watch(running, this.#services);
      return Object.assign(running, { payload });
    } catch {
      throw endedError(running, 'while starting');
    }
  }

  #watch(running: Guarded, list: Guarded[]): void {
    list.push(running);
    void running.ended.then(() => {
      if (!this.#stopped) this.#fail(endedError(running, 'unexpectedly'));
    });
  }

  stop(): Promise<void> {
    this.#stopped ??= (async () => {
      await Promise.all(this.#services.map((service) => service.stop()));
      await Promise.all(this.#parts.map((part) => part.stop()));
      this.#unlock();
    })();
    return this.#stopped;
  }
}

const interrupted = (): UserError =>
  new UserError('interrupted', 'Stopped before everything was up, and nothing is left running.', {}, 130);

function endedError(running: Guarded, when: string): UserError {
  const title = PART_TITLES[running.name as PartName] ?? running.name;
  const code = running.name in PART_TITLES ? `${running.name}-failed` : 'service-failed';
  const lines = running.lastLines(12);
  const quote = lines.length === 0 ? 'is empty' : `ends:\n  ${lines.join('\n  ')}`;
  return new UserError(code, `${title} stopped ${when}; its log ${running.log} ${quote}`, {}, 1);
}
