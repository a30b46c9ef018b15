// Every process the stack starts is started here, under a guardian that stops it when this process dies.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Home } from './home.ts';
import { identify, type ProcessIdentity, signalExactly } from './identity.ts';
import { recordPath, type StopLadder, untilGone, writeRecord } from './records.ts';

const GUARD = fileURLToPath(new URL('./guard.mjs', import.meta.url));
const LOG_LIMIT_BYTES = 20_000_000;

/** What to run and how to stop it. */
export interface GuardedSpec {
  /** Names the record `<home>/run/<name>.json` and the log `<home>/logs/<name>.log`. */
  name: string;
  command: string;
  args: string[];
  cwd?: string;
  /** Added to this process's own environment. */
  env?: Record<string, string>;
  uid?: number;
  gid?: number;
  /** SIGTERM, then SIGKILL after 10 seconds, unless given. */
  stop?: StopLadder;
  /** The process sends `process.send({ ready: payload })` when it serves; `ready` of the result waits for it. */
  ready?: boolean;
  /** Receives each line of output, which then does not go to the log. */
  onLine?: (line: string) => void;
}

/** How a process ended. `failed` is set when it could not be started at all (ENOENT…). */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  failed?: { code: string; message: string };
}

export interface Guarded<Ready = unknown> {
  name: string;
  log: string;
  /** Null until the process has started and when it could not be. */
  readonly pid: number | null;
  /** Resolves with the payload of the ready message; rejects when the process ends before it. */
  ready: Promise<Ready>;
  ended: Promise<Ended>;
  /** Stops the process and waits until it is gone; harmless when it already is. */
  stop(): Promise<Ended>;
  /** The last lines that this run wrote to its log. */
  lastLines(count: number): string[];
}

type GuardMessage = {
  started?: number;
  ready?: unknown;
  line?: string;
  exited?: { code: number | null; signal: NodeJS.Signals | null };
  failed?: { code: string; message: string };
};

/**
 * Starts a process under a guardian. Never throws for a program that is missing: see `ended.failed`.
 * The process is stopped when this one ends in any way, a kill -9 included.
 */
export function spawnGuarded<Ready = unknown>(home: Home, spec: GuardedSpec): Guarded<Ready> {
  mkdirSync(home.logs, { recursive: true });
  const log = join(home.logs, `${spec.name}.log`);
  const logStart = rotate(log);
  const stop = spec.stop ?? [
    ['SIGTERM', 10_000],
    ['SIGKILL', 0],
  ];
  const guard = spawn(process.execPath, [GUARD, spec.name, home.root], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });

  let pid: number | null = null;
  let child: ProcessIdentity | null = null;
  let told: Ended | undefined;
  let settleReady: (payload: Ready) => void;
  let refuseReady: (error: Error) => void;
  const ready = new Promise<Ready>((resolve, reject) => {
    settleReady = resolve;
    refuseReady = reject;
  });
  ready.catch(() => {});

  guard.on('message', (message: GuardMessage) => {
    if (message.started !== undefined) {
      pid = message.started;
      child = identify(pid);
      record(home, spec.name, child, guard, stop);
    }
    if ('ready' in message) settleReady(message.ready as Ready);
    if (message.line !== undefined) spec.onLine?.(message.line);
    if (message.exited) told = message.exited;
    if (message.failed) told = { code: null, signal: null, failed: message.failed };
  });
  guard.send({
    start: {
      command: spec.command,
      args: spec.args,
      cwd: spec.cwd,
      env: spec.env,
      uid: spec.uid,
      gid: spec.gid,
      log,
      relay: spec.onLine !== undefined,
      ready: spec.ready === true,
      record: recordPath(home.run, spec.name),
      stop,
    },
  });

  const ended = new Promise<Ended>((resolve) => {
    guard.once('close', async () => {
      // A guardian that died without a word (kill -9) leaves its process to us.
      if (!told && child) await climb(child, stop);
      const how = told ?? { code: null, signal: 'SIGKILL' as const };
      rmSync(recordPath(home.run, spec.name), { force: true });
      refuseReady(new Error(`${spec.name} ended before it was ready`));
      resolve(how);
    });
  });

  return {
    name: spec.name,
    log,
    get pid() {
      return pid;
    },
    ready,
    ended,
    stop() {
      if (guard.connected) guard.send({ stop: true }, () => {});
      return ended;
    },
    lastLines: (count) => lastLines(log, logStart, count),
  };
}

function record(
  home: Home,
  name: string,
  child: ProcessIdentity | null,
  guard: ChildProcess,
  stop: StopLadder,
): void {
  const guardIdentity = guard.pid === undefined ? null : identify(guard.pid);
  if (!child || !guardIdentity) return;
  writeRecord(home.run, { name, child, guard: guardIdentity, stop, startedAt: new Date().toISOString() });
}

async function climb(child: ProcessIdentity, stop: StopLadder): Promise<void> {
  for (const [signal, ms] of stop) {
    signalExactly(child, signal);
    if (await untilGone(child, Math.max(ms, 1_000))) return;
  }
}

/** Starts a fresh log when the old one is large; gives the offset at which this run's lines begin. */
function rotate(log: string): number {
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= LOG_LIMIT_BYTES) return size;
  renameSync(log, `${log}.1`);
  return 0;
}

function lastLines(log: string, from: number, count: number): string[] {
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  const start = Math.max(from, size - 16_384);
  if (size <= start) return [];
  const bytes = Buffer.alloc(size - start);
  const file = openSync(log, 'r');
  try {
    readSync(file, bytes, 0, bytes.length, start);
  } finally {
    closeSync(file);
  }
  return bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count);
}
