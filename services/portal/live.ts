// A page may bring itself up to date: its server-sent events carry those of its regions that have changed, as the page itself
// writes them. Whoever may not open the page gets no stream, one that may no longer loses it, and every stream ends with the server.
import { createHash } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Html, html } from '../page/html.ts';
import { PortalProblem } from './problem.ts';
import type { Sessions } from './sessions.ts';
import type { KeyHolder, PortalStore } from './store.ts';

/** Parts of a page by name, each as the page writes it. */
export type Regions = Readonly<Record<string, Html>>;

export interface LiveOptions {
  store: PortalStore;
  sessions: Sessions;
  /** Milliseconds between two looks at the store, between two signs of life, and until a browser must ask anew. */
  every?: number;
  heartbeat?: number;
  lasts?: number;
  /** Streams open at once: of everybody, and of one person. */
  most?: number;
  mostOfOne?: number;
}

/** Answers a request with a stream of what `regions` gives. */
export type Stream = (
  request: FastifyRequest,
  reply: FastifyReply,
  regions: () => Promise<Regions>,
) => Promise<FastifyReply>;

const TYPE = 'text/event-stream';
const RETRY_MS = 5_000;

const versionOf = (region: Html): string =>
  createHash('sha256').update(region.text).digest('base64url').slice(0, 12);

/** A region in its page. */
export const liveRegion = (name: string, content: Html, status = false): Html =>
  html`<div data-wm-region="${name}" data-wm-version="${versionOf(content)}"${status && html` role="status"`}>${content}</div>`;

/** Where the page’s script says that the page brings itself up to date, and lets it be stopped. Nothing without the script. */
export const livePlace = (path: string): Html =>
  html`<div data-wm-live="${path}" class="wm-live" hidden></div>`;

/** `region.version` of each region that the browser has, as its page’s script sends them. */
function seenIn(query: unknown): Map<string, string> {
  const { seen } = query as { seen?: unknown };
  const pairs = typeof seen === 'string' ? seen.slice(0, 1_000).split(',') : [];
  return new Map(pairs.map((pair) => pair.split('.', 2) as [string, string]));
}

/** The regions that changed since they were last sent. */
function changed(regions: Regions, sent: Map<string, string>): Record<string, string> {
  const news: Record<string, string> = {};
  for (const [name, region] of Object.entries(regions)) {
    const version = versionOf(region);
    if (sent.get(name) === version) continue;
    sent.set(name, version);
    news[name] = region.text;
  }
  return news;
}

const message = (news: Record<string, string>): string => `event: regions\ndata: ${JSON.stringify(news)}\n\n`;

const nameOf = ({ id, label }: KeyHolder): string => id ?? label;

/** Must run before any live route is added. */
export function liveStreams(app: FastifyInstance, options: LiveOptions): Stream {
  const { store, every = 2_000, heartbeat = 15_000, lasts = 900_000, most = 200, mostOfOne = 6 } = options;
  const open = new Map<AbortController, string>();
  const attempts = app.createRateLimit({
    max: 60,
    timeWindow: '1 minute',
    keyGenerator: ({ person, ip }) => (person ? nameOf(person) : ip),
  });
  app.addHook('preClose', async () => {
    for (const stopping of open.keys()) stopping.abort();
  });

  const refuseTooMany = async (request: FastifyRequest, of: string): Promise<void> => {
    const limit = await attempts(request);
    const own = [...open.values()].filter((one) => one === of).length;
    if ((limit.isAllowed || !limit.isExceeded) && own < mostOfOne && open.size < most) return;
    throw new PortalProblem(
      429,
      'too-many-streams',
      'Too many pages bring themselves up to date at once. This one stays as it is: open it again to see what is new.',
    );
  };

  /** Whether the stream's reader may still read: the session is there, and what it acts as was not taken away. */
  const stands = async ({ person, session, headers, protocol }: FastifyRequest): Promise<boolean> => {
    if (person === null || session === null) return person !== null;
    const id = options.sessions.idOf(headers.cookie, protocol === 'https');
    return options.sessions.look(id) !== null && (await store.stands(person));
  };

  /** What changed; nothing while the store does not answer, and null once the reader may not read on. */
  const newsOf = async (
    request: FastifyRequest,
    regions: () => Promise<Regions>,
    sent: Map<string, string>,
  ) => {
    try {
      return (await stands(request)) ? changed(await regions(), sent) : null;
    } catch (error) {
      if (error instanceof PortalProblem) return null;
      request.log.warn({ err: error }, 'a live page could not be brought up to date');
      return {};
    }
  };

  return async (request, reply, regions) => {
    const person = request.person;
    const of = person ? nameOf(person) : request.ip;
    await refuseTooMany(request, of);
    const sent = seenIn(request.query);
    const first = changed(await regions(), sent);
    // A connection that was kept for another request would hold up the server's end.
    reply.type(TYPE).headers({ 'x-accel-buffering': 'no', connection: 'close' });
    // Whoever does not ask for a stream is told once how things stand.
    if (!String(request.headers.accept ?? '').includes(TYPE)) return reply.send(message(first));

    const stopping = new AbortController();
    const { signal } = stopping;
    const body = new PassThrough();
    open.set(stopping, of);
    body.once('close', () => stopping.abort());
    body.write(`retry: ${RETRY_MS}\n\n`);
    if (Object.keys(first).length > 0) body.write(message(first));

    const go = async (): Promise<void> => {
      const end = Date.now() + lasts;
      let spoke = Date.now();
      while (Date.now() < end) {
        await pause(every, undefined, { signal });
        // A reader who does not keep up is told later, and then how things stand by then.
        if (body.writableNeedDrain) continue;
        const news = await newsOf(request, regions, sent);
        if (news === null) return;
        if (Object.keys(news).length > 0) body.write(message(news));
        else if (Date.now() - spoke >= heartbeat) body.write(': still here\n\n');
        else continue;
        spoke = Date.now();
      }
    };
    go()
      .catch((error: unknown) => {
        if (!signal.aborted) throw error;
      })
      .finally(() => {
        open.delete(stopping);
        body.end();
      });
    return reply.send(body);
  };
}
