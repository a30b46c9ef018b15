// Temporary homes that share the checkout's downloads, and owners of stacks in processes of their own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { isAlive, type ProcessIdentity } from '../../../infra/local/identity.ts';
import { down, homeAt } from '../../../infra/local/index.ts';
import { liveRecords } from '../../../infra/local/records.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
export const CACHE = join(ROOT, '.waymark', 'cache');

/** A home that is stopped and deleted after the test. */
export function temporaryHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'waymark-stack-'));
  onTestFinished(async () => {
    await down(home);
    rmSync(home, { recursive: true, force: true });
  });
  return home;
}

export interface Owner {
  process: ChildProcess;
  /** The one line that it printed: addresses, or an error's report. */
  said: Record<string, unknown>;
}

/** Starts a process that owns a stack in `home` and waits for what it says. */
export async function startOwner(
  home: string,
  options: { given?: object; env?: Record<string, string>; cache?: string } = {},
): Promise<Owner> {
  const args = ['--import', 'tsx', 'test/integration/stack/owner.ts', home, options.cache ?? CACHE];
  const owner = spawn(process.execPath, [...args, JSON.stringify(options.given ?? {})], {
    cwd: ROOT,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await Promise.race([
    once(createInterface({ input: owner.stdout }), 'line'),
    once(owner, 'exit').then(() => ['{}']),
  ])) as [string];
  return { process: owner, said: JSON.parse(line) };
}

/** The processes on record in a home: guardians and the parts themselves. */
export function processesOf(home: string): { guards: ProcessIdentity[]; parts: ProcessIdentity[] } {
  const records = liveRecords(homeAt(home).run);
  return { guards: records.map(({ guard }) => guard), parts: records.map(({ child }) => child) };
}

/** Waits until none of the processes runs; gives those that still do when the time is over. */
export async function stillAlive(processes: ProcessIdentity[], limitMs: number): Promise<ProcessIdentity[]> {
  const deadline = Date.now() + limitMs;
  while (processes.some(isAlive) && Date.now() < deadline) await pause(25);
  return processes.filter(isAlive);
}
