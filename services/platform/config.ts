// The only file that reads the environment. Everything else receives its settings as a parameter.
import { resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from './errors.ts';
import type { KafkaSecurity, TlsFiles as PemFiles, TemporalSecurity } from './secured.ts';

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

/** As OpenTelemetry writes a map: `name=value,name=value`, URL-encoded. */
const pairs = z.string().transform((text, told): Record<string, string> => {
  try {
    const each = text.split(',').map((pair) => /^\s*([^=]+?)\s*=\s*(.*?)\s*$/.exec(pair)?.slice(1));
    return Object.fromEntries(each.map((pair) => (pair as string[]).map(decodeURIComponent)));
  } catch {
    told.addIssue({ code: 'custom', message: 'must be name=value, several with commas between them' });
    return z.NEVER;
  }
});

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
  KAFKA_TLS: z.enum(['on', 'off']).default('off').describe('TLS 1.2 or newer to the brokers'),
  KAFKA_TLS_CA: file.optional().describe('PEM file of the authority of the brokers’ certificates'),
  KAFKA_TLS_CERT: file.optional().describe('PEM file: the certificate that Waymark shows. With the key'),
  KAFKA_TLS_KEY: file.optional().describe('PEM file'),
  KAFKA_SASL_MECHANISM: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
    .optional()
    .describe('With a name and a password. `plain` only over TLS'),
  KAFKA_SASL_USERNAME: z.string().min(1).optional().describe('The name'),
  KAFKA_SASL_PASSWORD: z.string().min(1).optional().describe('The password; better in a file'),
  KAFKA_SASL_PASSWORD_FILE: file.optional().describe('File that holds the password'),
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^[^\s:]+:\d+$/, 'must be host:port')
    .optional()
    .describe('`host:port` of the frontend. Without it the one that `waymark up` runs here'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default').describe('Must exist'),
  TEMPORAL_TLS: z.enum(['on', 'off']).default('off').describe('TLS to the frontend'),
  TEMPORAL_TLS_CA: file.optional().describe('PEM file of the authority of its certificate'),
  TEMPORAL_TLS_CERT: file.optional().describe('PEM file: the certificate that Waymark shows. With the key'),
  TEMPORAL_TLS_KEY: file.optional().describe('PEM file'),
  TEMPORAL_TLS_SERVER_NAME: z
    .string()
    .min(1)
    .optional()
    .describe('The name in its certificate, where that is not the address’s host'),
  WAYMARK_PAYLOAD_KEYS_FILE: file
    .optional()
    .describe(
      'The keys that seal what workflows carry, for every process and command that speaks to Temporal. Without it `payload.keys` in WAYMARK_HOME where Temporal runs here, and nothing is sealed where TEMPORAL_ADDRESS names another',
    ),
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
  WAYMARK_PORTAL_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .describe(
      'The portal’s own address as browsers know it; `https:` when a proxy ends TLS before it. Without it the one it listens on',
    ),
  WAYMARK_TEMPORAL_UI: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'Temporal’s own pages as operators’ browsers know them, for the link on the portal’s service page',
    ),
  WAYMARK_OIDC_ISSUER: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('OpenID Connect provider at which people sign in to the portal; `http:` on this machine only'),
  WAYMARK_OIDC_CLIENT_ID: z.string().min(1).optional().describe('The portal’s client id at the provider'),
  WAYMARK_OIDC_CLIENT_SECRET: z.string().min(1).optional().describe('Its secret; better in a file'),
  WAYMARK_OIDC_CLIENT_SECRET_FILE: file.optional().describe('File that holds the secret'),
  WAYMARK_KEY_SIGN_IN: z
    .enum(['on', 'off'])
    .optional()
    .describe('Whether browsers may sign in with an access key. Without it: only where no provider is set'),
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
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'Where traces go: an OpenTelemetry collector over HTTP, which is sent to at `/v1/traces` below this address. Without it nothing is traced',
    ),
  OTEL_EXPORTER_OTLP_HEADERS: pairs
    .optional()
    .describe('`name=value` that the collector asks for, several with commas between them, URL-encoded'),
  OTEL_RESOURCE_ATTRIBUTES: pairs
    .optional()
    .describe('`name=value` on every span, as `deployment.environment.name=live`, several with commas'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe(
      'The share of traces that is kept, 0 to 1: decided where a trace begins, and all of it or nothing',
    ),
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
  kafkaSecurity: KafkaSecurity;
  temporalSecurity: TemporalSecurity;
  taskQueue: string;
  topics: { events: string; rejected: string; outcomeChanges: string };
  host: string;
  gatewayPort: number;
  /** PEM files of the gateway's key and certificate, and of the CA whose certificates senders must show; null for HTTP. */
  gatewayTls: { keyFile: string; certFile: string; clientCaFile?: string } | null;
  portalPort: number;
  /** Without a slash at the end. */
  portalUrl?: string;
  temporalUi?: string;
  /** Where people sign in; absent: with access keys. The secret itself, or the file that holds it. */
  openId?: { issuer: string; clientId: string } & ({ secret: string } | { secretFile: string });
  /** Whether browsers may sign in with an access key. */
  keySignIn: boolean;
  metricsPort: number;
  allocationPort: number;
  /** The key that seals allocation seeds: for the allocation process's eyes alone. */
  allocationKeyFile: string;
  /** PEM files: the allocation service answers over TLS. */
  allocationTls?: { certFile: string; keyFile: string };
  /** Where traces go; null: nowhere. */
  tracing: {
    url: string;
    headers: Record<string, string>;
    resource: Record<string, string>;
    /** Of traces, that is kept: 0 to 1. */
    share: number;
  } | null;
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

/** One file without the other would serve arms in the clear where TLS was meant. */
function allocationTlsOf(e: z.infer<typeof Environment>): Pick<Config, 'allocationTls'> {
  const { WAYMARK_ALLOCATION_TLS_CERT: certFile, WAYMARK_ALLOCATION_TLS_KEY: keyFile } = e;
  if (certFile && keyFile) return { allocationTls: { certFile, keyFile } };
  if (!certFile && !keyFile) return {};
  const field = keyFile ? 'WAYMARK_ALLOCATION_TLS_CERT' : 'WAYMARK_ALLOCATION_TLS_KEY';
  throw new UserError('bad-configuration', `TLS needs a key and a certificate: set ${field} too.`, { field });
}

function openIdOf(e: z.infer<typeof Environment>): Config['openId'] {
  const { WAYMARK_OIDC_ISSUER: issuer, WAYMARK_OIDC_CLIENT_ID: clientId } = e;
  const { WAYMARK_OIDC_CLIENT_SECRET: secret, WAYMARK_OIDC_CLIENT_SECRET_FILE: secretFile } = e;
  if (!issuer && !clientId && !secret && !secretFile) return undefined;
  if (issuer && clientId && secretFile) return { issuer, clientId, secretFile };
  if (issuer && clientId && secret) return { issuer, clientId, secret };
  const field = issuer
    ? clientId
      ? 'WAYMARK_OIDC_CLIENT_SECRET_FILE'
      : 'WAYMARK_OIDC_CLIENT_ID'
    : 'WAYMARK_OIDC_ISSUER';
  const sentence = `Sign-in needs an issuer, a client id and a secret: set ${field} too.`;
  throw new UserError('bad-configuration', sentence, { field });
}

const tracingOf = (e: z.infer<typeof Environment>): Config['tracing'] =>
  e.OTEL_EXPORTER_OTLP_ENDPOINT
    ? {
        url: `${e.OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/+$/, '')}/v1/traces`,
        headers: e.OTEL_EXPORTER_OTLP_HEADERS ?? {},
        resource: e.OTEL_RESOURCE_ATTRIBUTES ?? {},
        share: e.OTEL_TRACES_SAMPLER_ARG,
      }
    : null;

const refuse = (field: string, sentence: string): never => {
  throw new UserError('bad-configuration', sentence, { field });
};

/** The files of `KAFKA_TLS_…` or `TEMPORAL_TLS_…`, or nothing when TLS is off. */
function clientTlsOf(e: z.infer<typeof Environment>, part: 'KAFKA' | 'TEMPORAL'): { tls?: PemFiles } {
  const [ca, cert, key] = [e[`${part}_TLS_CA`], e[`${part}_TLS_CERT`], e[`${part}_TLS_KEY`]];
  if ((cert === undefined) !== (key === undefined))
    refuse(
      `${part}_TLS_${cert ? 'KEY' : 'CERT'}`,
      `A certificate to show needs its key: set ${part}_TLS_CERT and ${part}_TLS_KEY.`,
    );
  if (e[`${part}_TLS`] === 'on') return { tls: { ...(ca && { ca }), ...(cert && key && { cert, key }) } };
  if (ca ?? cert) refuse(`${part}_TLS`, `Files for TLS are given, but ${part}_TLS is off: set it to on.`);
  return {};
}

function kafkaSecurityOf(e: z.infer<typeof Environment>): KafkaSecurity {
  const tls = clientTlsOf(e, 'KAFKA');
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username } = e;
  const { KAFKA_SASL_PASSWORD: text, KAFKA_SASL_PASSWORD_FILE: file } = e;
  if (!mechanism && !username && !text && !file) return tls;
  const password = file ? { file } : text ? { text } : undefined;
  if (!mechanism || !username || !password)
    return refuse(
      'KAFKA_SASL_MECHANISM',
      'SASL needs KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD_FILE.',
    );
  if (mechanism === 'plain' && !tls.tls)
    refuse(
      'KAFKA_TLS',
      'SASL plain sends the password as it is: set KAFKA_TLS to on, or take scram-sha-512.',
    );
  return { ...tls, sasl: { mechanism, username, password } };
}

/** Where `waymark up` makes the keys for the Temporal that it runs. */
export const payloadKeysIn = (home: string): string => resolve(home, 'payload.keys');

function temporalSecurityOf(e: z.infer<typeof Environment>): TemporalSecurity {
  const payloadKeysFile =
    e.WAYMARK_PAYLOAD_KEYS_FILE ?? (e.TEMPORAL_ADDRESS ? undefined : payloadKeysIn(e.WAYMARK_HOME));
  return {
    ...clientTlsOf(e, 'TEMPORAL'),
    ...(e.TEMPORAL_TLS_SERVER_NAME && { serverName: e.TEMPORAL_TLS_SERVER_NAME }),
    ...(payloadKeysFile && { payloadKeysFile }),
  };
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
  const openId = openIdOf(e);
  const topic = (name: string) => `${e.WAYMARK_TOPIC_PREFIX}${name}`;
  return {
    home: e.WAYMARK_HOME,
    given: {
      ...(e.DATABASE_URL && { databaseUrl: e.DATABASE_URL }),
      ...(e.KAFKA_BROKERS && { kafkaBrokers: e.KAFKA_BROKERS }),
      ...(e.TEMPORAL_ADDRESS && { temporalAddress: e.TEMPORAL_ADDRESS }),
    },
    temporalNamespace: e.TEMPORAL_NAMESPACE,
    kafkaSecurity: kafkaSecurityOf(e),
    temporalSecurity: temporalSecurityOf(e),
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
    ...(e.WAYMARK_PORTAL_URL && { portalUrl: e.WAYMARK_PORTAL_URL }),
    ...(e.WAYMARK_TEMPORAL_UI && { temporalUi: e.WAYMARK_TEMPORAL_UI }),
    ...(openId && { openId }),
    keySignIn: e.WAYMARK_KEY_SIGN_IN ? e.WAYMARK_KEY_SIGN_IN === 'on' : openId === undefined,
    metricsPort: e.WAYMARK_METRICS_PORT,
    allocationPort: e.WAYMARK_ALLOCATION_PORT,
    allocationKeyFile: e.WAYMARK_ALLOCATION_KEY_FILE ?? resolve(e.WAYMARK_HOME, 'allocation.key'),
    ...allocationTlsOf(e),
    tracing: tracingOf(e),
    logLevel: e.LOG_LEVEL,
  };
}
