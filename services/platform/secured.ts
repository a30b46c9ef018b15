// How Kafka and Temporal are reached where they are not on this machine: TLS, a client's certificate, and for Kafka a name and
// a password. Secrets come from files, or from the environment where there is no other way, and are never logged.
import { readFileSync } from 'node:fs';
import { UserError } from './errors.ts';

/** PEM files. Without `ca` the authorities that Node.js trusts; with `cert` and `key` the client shows who it is. */
export interface TlsFiles {
  ca?: string;
  cert?: string;
  key?: string;
}

export interface KafkaSecurity {
  tls?: TlsFiles;
  sasl?: {
    mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    username: string;
    password: { text: string } | { file: string };
  };
}

export interface TemporalSecurity {
  tls?: TlsFiles;
  /** The name in the server's certificate, where it is not the host of the address. */
  serverName?: string;
  /** The keys that seal what workflows carry; without them it lies in Temporal as it is. */
  payloadKeysFile?: string;
}

/** @throws UserError `secret-unreadable` naming the file and why */
function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code;
    throw new UserError(
      'secret-unreadable',
      `The file ${file} cannot be read (${why}): correct the setting that names it.`,
      {
        file,
      },
    );
  }
}

const read = <Name extends string>(name: Name, file: string | undefined) =>
  (file === undefined ? {} : { [name]: contentOf(file) }) as { [K in Name]?: Buffer };

/** What kafkajs takes as `ssl` and `sasl`. @throws UserError `secret-unreadable` */
export function kafkaSecured({ tls, sasl }: KafkaSecurity) {
  return {
    ...(tls && {
      ssl: {
        ...read('ca', tls.ca),
        ...read('cert', tls.cert),
        ...read('key', tls.key),
        minVersion: 'TLSv1.2' as const,
      },
    }),
    ...(sasl && {
      sasl: {
        mechanism: sasl.mechanism,
        username: sasl.username,
        password:
          'text' in sasl.password
            ? sasl.password.text
            : contentOf(sasl.password.file).toString('utf8').trim(),
      } as { mechanism: 'plain'; username: string; password: string },
    }),
  };
}

/** What both of Temporal's connections take as `tls`. @throws UserError `secret-unreadable` */
export function temporalSecured({ tls, serverName }: TemporalSecurity) {
  if (!tls) return {};
  return {
    tls: {
      ...(tls.ca && { serverRootCACertificate: contentOf(tls.ca) }),
      ...(tls.cert && tls.key && { clientCertPair: { crt: contentOf(tls.cert), key: contentOf(tls.key) } }),
      ...(serverName && { serverNameOverride: serverName }),
    },
  };
}
