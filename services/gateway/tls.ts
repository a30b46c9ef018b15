// HTTPS by configuration: TLS 1.2 or newer, and with a client CA only senders that show a certificate it has signed.
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { Config } from '../platform/config.ts';
import { UserError } from '../platform/errors.ts';

export type TlsFiles = NonNullable<Config['gatewayTls']>;

export interface TlsOptions extends SecureContextOptions {
  requestCert: boolean;
  rejectUnauthorized: boolean;
}

async function read(path: string, field: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code;
    throw new UserError('tls-unreadable', `The TLS file ${path} cannot be read (${why}): correct ${field}.`, {
      file: path,
      field,
    });
  }
}

/**
 * Reads key, certificate and client CA (PEM), and tries them.
 * @throws UserError `tls-unreadable`; `tls-unusable` when they are no key and certificate that belong together
 */
export async function readTls({ keyFile, certFile, clientCaFile }: TlsFiles): Promise<TlsOptions> {
  const options: TlsOptions = {
    key: await read(keyFile, 'WAYMARK_GATEWAY_TLS_KEY'),
    cert: await read(certFile, 'WAYMARK_GATEWAY_TLS_CERT'),
    ...(clientCaFile && { ca: await read(clientCaFile, 'WAYMARK_GATEWAY_CLIENT_CA') }),
    minVersion: 'TLSv1.2',
    requestCert: clientCaFile !== undefined,
    rejectUnauthorized: clientCaFile !== undefined,
  };
  try {
    createSecureContext(options);
  } catch (error) {
    const sentence = `The TLS key and certificate cannot be used together (${(error as Error).message}): give PEM files of one pair.`;
    throw new UserError('tls-unusable', sentence, { file: certFile, field: 'WAYMARK_GATEWAY_TLS_CERT' });
  }
  return options;
}
