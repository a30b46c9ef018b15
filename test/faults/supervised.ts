// One of Waymark's processes, started again whenever it ends, as systemd, Docker or Kubernetes would.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const WAYMARK = fileURLToPath(new URL('../../infra/waymark.mjs', import.meta.url));
const RESTART_MS = 250;

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

export class Supervised {
  readonly #name: string;
  readonly #env: Record<string, string>;
  #child: ChildProcess | undefined;
  #running: Promise<void> | undefined;
  #stopping = false;
  restarts = -1;

  constructor(name: string, env: Record<string, string>) {
    this.#name = name;
    this.#env = env;
  }

  start(): void {
    this.#stopping = false;
    this.#running = this.#keep();
  }

  async #keep(): Promise<void> {
    while (!this.#stopping) {
      this.restarts += 1;
      this.#child = spawn(process.execPath, [WAYMARK, this.#name], {
        env: { ...process.env, ...this.#env },
        stdio: ['ignore', 'ignore', 'ignore'],
      });
      await once(this.#child, 'exit');
      if (!this.#stopping) await pause(RESTART_MS);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Whether it says that it is ready, with every part it needs. */
  async ready(): Promise<boolean> {
    const asked = fetch(`http://127.0.0.1:${this.#env.WAYMARK_METRICS_PORT}/readyz`, {
      signal: AbortSignal.timeout(3_000),
    });
    return asked.then(
      ({ status }) => status === 200,
      () => false,
    );
  }

  /** Seconds by which its clock is ahead of this one, to about a second. */
  async clockAhead(): Promise<number> {
    const { headers } = await fetch(`http://127.0.0.1:${this.#env.WAYMARK_METRICS_PORT}/healthz`);
    return Math.round((Date.parse(headers.get('date') ?? '') - Date.now()) / 1_000);
  }

  /** Megabytes resident, as the process says itself. */
  async memory(): Promise<number> {
    const page = await (await fetch(`http://127.0.0.1:${this.#env.WAYMARK_METRICS_PORT}/metrics`)).text();
    const [, bytes] = /^process_resident_memory_bytes (\S+)$/m.exec(page) ?? [];
    return Math.round(Number(bytes) / 1e6);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    child?.kill('SIGTERM');
    const late = setTimeout(() => child?.kill('SIGKILL'), 20_000);
    await this.#running;
    clearTimeout(late);
  }
}
