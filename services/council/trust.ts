// A gateway whose certificate is signed by an authority of the council's own network is reached by trusting that
// authority too, and only for this connection: nothing is ever sent without the certificate being checked.
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { basename } from 'node:path';
import { rootCertificates } from 'node:tls';
import { UserError } from '../platform/errors.ts';

/** @throws UserError `cannot-read`, or `bad-ca-file` when the file holds no certificate */
export async function readAuthorities(path: string): Promise<string> {
  const place = { file: basename(path) };
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(
      'cannot-read',
      `The certificate file cannot be read (${error.code}): check its path.`,
      place,
    );
  });
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new UserError(
    'bad-ca-file',
    'The file holds no certificate in PEM: ask for it in that format.',
    place,
  );
}

/** `fetch` as far as delivery uses it (POST of bytes over https), with further authorities beside the usual ones. */
export function fetchTrusting(authorities: string): typeof globalThis.fetch {
  const agent = new Agent({ keepAlive: true, ca: [...rootCertificates, authorities] });
  return (input, init) =>
    new Promise((resolve, reject) => {
      const failed = (error: Error) => reject(new TypeError('fetch failed', { cause: error }));
      const { body, headers, method = 'GET', signal } = init ?? {};
      const sent = request(
        String(input),
        { agent, method, headers: headers as Record<string, string>, ...(signal && { signal }) },
        (answer) => {
          const pieces: Buffer[] = [];
          answer.on('data', (piece: Buffer) => pieces.push(piece));
          answer.on('error', failed);
          answer.on('end', () => {
            const kept = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
            const status = answer.statusCode ?? 500;
            // A status that has no body by definition must not be given one.
            const text = status === 204 || status === 304 ? null : Buffer.concat(pieces);
            resolve(new Response(text, { status, headers: Object.fromEntries(kept) }));
          });
        },
      );
      sent.on('error', failed);
      sent.end(body as Uint8Array);
    });
}
