// PostgreSQL, Kafka and Temporal: killed and frozen, alone, together and in turn.
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault, ProcessName, Scene } from '../scene.ts';
import type { ServerName } from '../servers.ts';
import { HELD_MS } from './held.ts';
import { killProcess } from './processes.ts';

export const killServer =
  (...names: ServerName[]): Fault =>
  async ({ servers }) => {
    await Promise.all(names.map((name) => servers[name].kill()));
    await Promise.all(names.map((name) => servers[name].start()));
    return 0;
  };

/** Its connections stay open and nothing answers. */
export const freezeServer =
  (name: ServerName): Fault =>
  async ({ servers }) => {
    servers[name].signal('SIGSTOP');
    await pause(HELD_MS);
    servers[name].signal('SIGCONT');
    return 0;
  };

export async function everythingKilled(scene: Scene): Promise<number> {
  await killProcess('gateway', 'ingest', 'tracker')(scene);
  return killServer('kafka', 'postgres', 'temporal')(scene);
}

/** One after another, each when everything goes on after the one before, and then all of them. */
export async function eachKilledInTurn(scene: Scene): Promise<number> {
  const names: ProcessName[] = ['gateway', 'ingest', 'tracker'];
  const stores: ServerName[] = ['kafka', 'postgres', 'temporal'];
  for (const kill of [...names.map((name) => killProcess(name)), ...stores.map((name) => killServer(name))]) {
    await kill(scene);
    await pause(1_000);
    await scene.goesOn();
  }
  return everythingKilled(scene);
}
