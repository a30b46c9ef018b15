// What a fault may touch, and what a stage for it is built with.
import type { Database } from '../../services/platform/database.ts';
import type { Kafka } from '../../services/platform/kafka.ts';
import type { Network } from './proxy.ts';
import type { ServerName, Servers } from './servers.ts';
import type { Supervised } from './supervised.ts';

export type ProcessName = 'gateway' | 'ingest' | 'tracker';

/** The three processes', or a server's. */
export type ClockOf = 'processes' | ServerName;

/** What a fault may touch. */
export interface Scene {
  servers: Servers;
  processes: Record<ProcessName, Supervised>;
  /** Between the processes and PostgreSQL, and between the tracker and Temporal. */
  toPostgres: Network;
  toTemporal: Network;
  /** Sets a clock so many seconds ahead of the true time; only the clocks that the setting names. */
  setClock(whose: ClockOf, seconds: number): Promise<void>;
  /** What is to be done once everything has been accounted for. */
  afterwards(work: () => Promise<void>): void;
  /** Resolves when every process is ready and another message is stored; throws when the delivery is over. */
  goesOn(): Promise<void>;
  /** Straight to the store and to Kafka. */
  db: Database;
  databaseUrl: string;
  kafka: Kafka;
  topic: string;
  /** A further process of the same settings, to be stopped by who asked for it. */
  another(name: ProcessName): Promise<Supervised>;
  /** Lines of the delivery under way. */
  lines: readonly string[];
}

/** What a theatre is built with. */
export interface Setting {
  brokers?: 1 | 3;
  /** Whose clock can be set; the processes then live in London. */
  clocks?: ClockOf[];
  /** Temporal ends histories early. */
  shortHistories?: boolean;
}

/** A fault; it ends when this resolves. @returns how many messages it put where they belong into quarantine */
export type Fault = (scene: Scene) => Promise<number>;

export interface Played {
  /** What it is, for the table. */
  words: string;
  fault: Fault;
  setting?: Setting;
  /** Of its delivery at least, so that the fault falls into it. */
  events?: number;
}
