// Every style, script and image comes from this server, under an address that changes with its content, so it is kept for a year.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { frontend, mark, stylesheet } from '../page/stylesheet.ts';

const own = new URL('./client/', import.meta.url);

const files: Record<string, { type: string; text: string }> = {
  'waymark.css': { type: 'text/css; charset=utf-8', text: stylesheet() },
  'govuk-frontend.min.js': {
    type: 'text/javascript; charset=utf-8',
    text: readFileSync(new URL('govuk-frontend.min.js', frontend), 'utf8').replace(
      /\/\/# sourceMappingURL=.*$/m,
      '',
    ),
  },
  'waymark.js': {
    type: 'text/javascript; charset=utf-8',
    text: readFileSync(new URL('waymark.js', own), 'utf8'),
  },
  'signing.js': {
    type: 'text/javascript; charset=utf-8',
    text: readFileSync(new URL('signing.js', own), 'utf8'),
  },
  'waiting.js': {
    type: 'text/javascript; charset=utf-8',
    text: readFileSync(new URL('waiting.js', own), 'utf8'),
  },
  'live.js': {
    type: 'text/javascript; charset=utf-8',
    text: readFileSync(new URL('live.js', own), 'utf8'),
  },
  'waymark.svg': { type: 'image/svg+xml', text: mark() },
};

const version = Object.values(files)
  .reduce((hash, file) => hash.update(file.text), createHash('sha256'))
  .digest('hex')
  .slice(0, 12);

/** The address of one of the portal's files. */
export const assetPath = (name: string): string => `/assets/${version}/${name}`;

const packed = Object.fromEntries(
  Object.entries(files).map(([name, { type, text }]) => {
    const plain = Buffer.from(text);
    return [
      name,
      {
        type,
        plain,
        br: brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
        gzip: gzipSync(plain, { level: 9 }),
      },
    ];
  }),
);

export function assetRoutes(app: FastifyInstance): void {
  for (const [name, file] of Object.entries(packed)) {
    app.get(assetPath(name), { config: { access: 'public' } }, (request, reply) => {
      const accepted = String(request.headers['accept-encoding'] ?? '');
      const encoding = (['br', 'gzip'] as const).find((one) => accepted.includes(one));
      reply
        .type(file.type)
        .header('cache-control', 'public, max-age=31536000, immutable')
        .header('vary', 'accept-encoding');
      if (encoding) reply.header('content-encoding', encoding);
      return reply.send(encoding ? file[encoding] : file.plain);
    });
  }
}
