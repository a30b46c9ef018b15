// Every guarded process is on record in <home>/run/ while it may live, so that nothing is lost after a crash.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { isAlive, ProcessIdentity, signalExactly } from './identity.ts';

export const StopLadder = z.array(z.tuple([z.custom<NodeJS.Signals>(), z.number()]));
/** Signals to stop a process with, each with the milliseconds it is given to work. */
export type StopLadder = z.infer<typeof StopLadder>;

const ProcessRecord = z.object({
  name: z.string(),
  child: ProcessIdentity,
  guard: ProcessIdentity,
  stop: StopLadder,
  startedAt: z.string(),
});
export type ProcessRecord = z.infer<typeof ProcessRecord>;

export const recordPath = (runDir: string, name: string): string => join(runDir, `${name}.json`);

export function writeRecord(runDir: string, record: ProcessRecord): void {
  mkdirSync(runDir, { recursive: true });
  const path = recordPath(runDir, record.name);
  writeFileSync(`${path}.new`, JSON.stringify(record));
  renameSync(`${path}.new`, path);
}

/** The records of processes that still run; records of the dead and unreadable ones are removed. */
export function liveRecords(runDir: string): ProcessRecord[] {
  let names: string[];
  try {
    names = readdirSync(runDir).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const path = join(runDir, name);
    const record = readRecord(path);
    if (record && (isAlive(record.child) || isAlive(record.guard))) return [record];
    rmSync(path, { force: true });
    return [];
  });
}

function readRecord(path: string): ProcessRecord | null {
  try {
    return ProcessRecord.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}

/**
 * Stops what a dead owner left behind and waits until it is gone. A guardian that still lives is already stopping its
 * process and is only waited for; without one the signals are sent from here.
 * @returns the names of the processes stopped.
 */
export async function stopLeftovers(runDir: string): Promise<string[]> {
  const left = liveRecords(runDir);
  await Promise.all(left.map(stopRecorded));
  liveRecords(runDir);
  return left.map((record) => record.name);
}

async function stopRecorded(record: ProcessRecord): Promise<void> {
  const patience = record.stop.reduce((sum, [, ms]) => sum + ms, 2_000);
  if (isAlive(record.guard)) {
    signalExactly(record.guard, 'SIGTERM');
    await untilGone(record.guard, patience);
    signalExactly(record.guard, 'SIGKILL');
  }
  for (const [signal, ms] of [...record.stop, ['SIGKILL', 2_000] as const]) {
    if (!isAlive(record.child)) return;
    signalExactly(record.child, signal);
    await untilGone(record.child, ms);
  }
}

/** Waits until a process is gone, at most `ms`. */
export async function untilGone(identity: ProcessIdentity, ms: number): Promise<boolean> {
  const deadline = Date.now() + ms;
  while (isAlive(identity)) {
    if (Date.now() > deadline) return false;
    await pause(25);
  }
  return true;
}
