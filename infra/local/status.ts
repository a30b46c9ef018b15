// What `status` tells was asked of the parts just now, not remembered.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../services/platform/config.ts';
import { askKafka, askPostgres, askTemporal } from './health.ts';
import { homeAt } from './home.ts';
import { kafkaData } from './kafka.ts';
import { lockHolder } from './lock.ts';
import { PART_NAMES, type PartName } from './part.ts';
import { postgresData } from './postgres.ts';
import { liveRecords } from './records.ts';
import { readStackFile } from './stack-file.ts';
import { temporalData } from './temporal.ts';

/** One part or service. `address` never holds a password; `dataBytes` is null for a provided part or a service. */
export interface PartStatus {
  name: string;
  state: 'running' | 'stopped' | 'provided';
  pid: number | null;
  address: string | null;
  version: string | null;
  healthy: boolean;
  uptimeSeconds: number | null;
  dataBytes: number | null;
}

export interface StackStatus {
  home: string;
  /** Whether a live process owns the stack. */
  running: boolean;
  ownerPid: number | null;
  temporalUi: string | null;
  parts: PartStatus[];
  /** Waymark's own processes started beside the parts. */
  services: PartStatus[];
}

/** The state of a home's stack, with a health check of each running or provided part. */
export async function status(root: string, given: Config['given'] = {}): Promise<StackStatus> {
  const file = readStackFile(homeAt(root));
  const home = homeAt(root, file ? { dataDir: file.dataDir } : {});
  const owner = lockHolder(home);
  const records = liveRecords(home.run);
  const stack = owner && file?.owner.born === owner.born ? file : null;
  const addresses = stack?.addresses;
  const provided = {
    postgres:
      given.databaseUrl ?? (stack?.provided.includes('postgres') ? addresses?.databaseUrl : undefined),
    kafka: given.kafkaBrokers ?? (stack?.provided.includes('kafka') ? addresses?.kafkaBrokers : undefined),
    temporal:
      given.temporalAddress ??
      (stack?.provided.includes('temporal') ? addresses?.temporalAddress : undefined),
  };
  const databaseUrl = provided.postgres ?? addresses?.databaseUrl;
  const brokers = provided.kafka ?? addresses?.kafkaBrokers;
  const temporal = provided.temporal ?? addresses?.temporalAddress;
  const ask: Record<PartName, (() => Promise<unknown>) | undefined> = {
    postgres: databaseUrl ? () => askPostgres(databaseUrl) : undefined,
    kafka: brokers ? () => askKafka(brokers) : undefined,
    temporal: temporal ? () => askTemporal(temporal, stack?.namespace ?? 'default') : undefined,
  };
  const address: Record<PartName, string | null> = {
    postgres: databaseUrl ? withoutPassword(databaseUrl) : null,
    kafka: brokers?.join(',') ?? null,
    temporal: temporal ?? null,
  };
  const folder = { postgres: postgresData, kafka: kafkaData, temporal: temporalData };

  const processOf = (name: string): Pick<PartStatus, 'pid' | 'uptimeSeconds'> => {
    const record = records.find((entry) => entry.name === name);
    if (!record) return { pid: null, uptimeSeconds: null };
    return { pid: record.child.pid, uptimeSeconds: (Date.now() - Date.parse(record.startedAt)) / 1000 };
  };
  const parts = PART_NAMES.map(async (name): Promise<PartStatus> => {
    const process = processOf(name);
    const state = provided[name] ? 'provided' : process.pid && stack ? 'running' : 'stopped';
    const healthy = state !== 'stopped' && (await answers(ask[name]));
    return {
      name,
      state,
      ...process,
      address: state === 'stopped' ? null : address[name],
      version: state === 'stopped' ? null : (stack?.versions[name] ?? null),
      healthy,
      dataBytes: state === 'provided' ? null : await sizeOf(folder[name](home)),
    };
  });
  const known: readonly string[] = PART_NAMES;
  const services = records
    .filter((record) => !known.includes(record.name))
    .map(
      (record): PartStatus => ({
        name: record.name,
        state: 'running',
        ...processOf(record.name),
        address: null,
        version: null,
        healthy: true,
        dataBytes: null,
      }),
    );
  return {
    home: home.root,
    running: owner !== null,
    ownerPid: owner?.pid ?? null,
    temporalUi: addresses?.temporalUi ?? null,
    parts: await Promise.all(parts),
    services,
  };
}

async function answers(ask: (() => Promise<unknown>) | undefined): Promise<boolean> {
  if (!ask) return false;
  try {
    await ask();
    return true;
  } catch {
    return false;
  }
}

function withoutPassword(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.password = '';
  return url.href;
}

/** Bytes on disk (allocated blocks) under a folder; files that vanish meanwhile count nothing. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  const sizes = entries.map(async (entry) => {
    if (!entry.isFile()) return 0;
    const found = await stat(join(entry.parentPath, entry.name)).catch(() => null);
    return found ? found.blocks * 512 : 0;
  });
  return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0);
}
