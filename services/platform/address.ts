// An address that is not percent-encoded is taken as it stands, so that it gets the answer of an address at which there is nothing.
import type { IncomingMessage } from 'node:http';

const isReadable = (path: string): boolean => {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
};

/** For Fastify's `rewriteUrl`: its router answers an address it cannot decode itself, before any hook, in its own words. */
export function readableUrl({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  const [path = '', ...query] = url.split('?');
  return isReadable(path) ? url : [path.replaceAll('%', '%25'), ...query].join('?');
}
