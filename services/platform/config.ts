// The only file that reads the environment. Everything else receives its settings as a parameter.
import { resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from './errors.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const file = z.string().transform((path) => resolve(path));
const list = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  )
  .pipe(z.array(z.string()).min(1));

/** Every variable, with what docs/generated/configuration.md says of it. */
export const Environment = z.object({
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('PostgreSQL 18, with the password in it. Without it the one that `waymark up` runs here'),
  KAFKA_BROKERS: list
    .optional()
    .describe(
      '`host:port`, several with commas between them. Without it the one that `waymark up` runs here',
    ),
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^[^\s:]+:\d+$/, 'must be host:port')
    .optional()
    .describe('`host:port` of the frontend. Without it the one that `waymark up` runs here'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default').describe('Must exist'),
  WAYMARK_TASK_QUEUE: z.string().min(1).default('waymark').describe('Where the tracker finds its work'),
  WAYMARK_TOPIC_PREFIX: z
    .string()
    .regex(/^[a-z0-9.-]*$/, 'may hold a-z, 0-9, dot and dash')
    .default('')
    .describe('Before every topic’s name, to share a cluster'),
  WAYMARK_HOME: z
    .string()
    .default('.waymark')
    .transform((path) => resolve(path))
    .describe(
      'Folder of the local stack’s data, downloads and logs, and of the tracker’s kept workflow bundle',
    ),
  WAYMARK_HOST: z.string().min(1).default('127.0.0.1').describe('The address on which processes listen'),
  WAYMARK_GATEWAY_PORT: port.default(0).describe('Where councils send. 0: any free port'),
  WAYMARK_GATEWAY_TLS_KEY: z.string().optional().describe('PEM file. With the certificate: HTTPS'),
  WAYMARK_GATEWAY_TLS_CERT: z.string().optional().describe('PEM file. SIGHUP reads it again'),
  WAYMARK_GATEWAY_CLIENT_CA: z
    .string()
    .optional()
    .describe('PEM file: only senders with a certificate of this CA are let in'),
  WAYMARK_PORTAL_PORT: port.default(0).describe('Where people read. 0: any free port'),
  WAYMARK_METRICS_PORT: port
    .default(0)
    .describe('Where a process answers for itself: `/metrics`, `/healthz`, `/readyz`. 0: any free port'),
  WAYMARK_ALLOCATION_PORT: port.default(0).describe('Where sites ask for an arm. 0: any free port'),
  WAYMARK_ALLOCATION_KEY_FILE: file
    .optional()
    .describe(
      'The key that seals allocation seeds, for the allocation process alone. Without it `allocation.key` in WAYMARK_HOME',
    ),
  WAYMARK_ALLOCATION_TLS_CERT: file.optional().describe('PEM file. With the key: HTTPS'),
  WAYMARK_ALLOCATION_TLS_KEY: file.optional().describe('PEM file'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
    .default('info')
    .describe('One JSON object a line on standard error, from this level on'),
});

/** Every environment variable Waymark reads; docker-compose.yml is checked against it. */
export const environmentVariables = Object.keys(Environment.shape);

/** The settings of one process. Ports of 0 mean "any free port"; `home` is an absolute path. */
export interface Config {
  home: string;
  /** Addresses given in the environment. Each one replaces the embedded part of the local stack. */
  given: { databaseUrl?: string; kafkaBrokers?: string[]; temporalAddress?: string };
  temporalNamespace: string;
  taskQueue: string;
  topics: { events: string; rejected: string; outcomeChanges: string };
  host: string;
  gatewayPort: number;
  /** PEM files of the gateway's key and certificate, and of the CA whose certificates senders must show; null for HTTP. */
  gatewayTls: { keyFile: string; certFile: string; clientCaFile?: string } | null;
  portalPort: number;
  metricsPort: number;
  allocationPort: number;
  /** The key that seals allocation seeds: for the allocation process's eyes alone. */
  allocationKeyFile: string;
  /** PEM files: the allocation service answers over TLS. */
  allocationTls?: { certFile: string; keyFile: string };
  logLevel: string;
}

function tlsOf(e: z.infer<typeof Environment>): Config['gatewayTls'] {
  const {
    WAYMARK_GATEWAY_TLS_KEY: keyFile,
    WAYMARK_GATEWAY_TLS_CERT: certFile,
    WAYMARK_GATEWAY_CLIENT_CA: clientCaFile,
  } = e;
  if (keyFile && certFile) return { keyFile, certFile, ...(clientCaFile && { clientCaFile }) };
  if (!keyFile && !certFile && !clientCaFile) return null;
  const field = keyFile ? 'WAYMARK_GATEWAY_TLS_CERT' : 'WAYMARK_GATEWAY_TLS_KEY';
  throw new UserError('bad-configuration', `TLS needs a key and a certificate: set ${field} too.`, { field });
}

/**
 * Parses the environment once, at the start of a process.
 * @throws UserError `bad-configuration` naming the variable.
 */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = Environment.safeParse(set);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const name = String(issue?.path[0] ?? 'environment');
    throw new UserError(
      'bad-configuration',
      `The environment variable ${name} is not usable: ${issue?.message}.`,
      {
        field: name,
      },
    );
  }
  const e = parsed.data;
  const topic = (name: string) => `${e.WAYMARK_TOPIC_PREFIX}${name}`;
  return {
    home: e.WAYMARK_HOME,
    given: {
      ...(e.DATABASE_URL && { databaseUrl: e.DATABASE_URL }),
      ...(e.KAFKA_BROKERS && { kafkaBrokers: e.KAFKA_BROKERS }),
      ...(e.TEMPORAL_ADDRESS && { temporalAddress: e.TEMPORAL_ADDRESS }),
    },
    temporalNamespace: e.TEMPORAL_NAMESPACE,
    taskQueue: e.WAYMARK_TASK_QUEUE,
    topics: {
      events: topic('case-events.v1'),
      rejected: topic('case-events.rejected.v1'),
      outcomeChanges: topic('outcome-changes.v1'),
    },
    host: e.WAYMARK_HOST,
    gatewayPort: e.WAYMARK_GATEWAY_PORT,
    gatewayTls: tlsOf(e),
    portalPort: e.WAYMARK_PORTAL_PORT,
    metricsPort: e.WAYMARK_METRICS_PORT,
    allocationPort: e.WAYMARK_ALLOCATION_PORT,
    allocationKeyFile: e.WAYMARK_ALLOCATION_KEY_FILE ?? resolve(e.WAYMARK_HOME, 'allocation.key'),
    ...(e.WAYMARK_ALLOCATION_TLS_CERT &&
      e.WAYMARK_ALLOCATION_TLS_KEY && {
        allocationTls: { certFile: e.WAYMARK_ALLOCATION_TLS_CERT, keyFile: e.WAYMARK_ALLOCATION_TLS_KEY },
      }),
    logLevel: e.LOG_LEVEL,
  };
}
