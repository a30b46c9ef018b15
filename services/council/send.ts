// Messages are delivered batch after batch, and a batch is not left until the gateway has acknowledged it. The gateway
// puts a batch's events into Kafka before its feed statements, so a statement never overtakes the events it covers.
// Sending again is harmless, so every doubt means "again". While refused lines are not made good, a statement that the
// feed is complete is held back.
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { z } from 'zod';
import { type FeedMessage, parseMessage } from '../../schemas/message.ts';
import { UserError } from '../platform/errors.ts';
import { type Progress, silent } from '../platform/progress.ts';
import { claimsCompleteness, Outstanding, recordOf, recordOfLine } from './outstanding.ts';

const compress = promisify(gzip);

/** A line that was not taken, and why. */
export interface RejectedMessage {
  /** Which message of the delivery it was, from 1. */
  line: number;
  id: string;
  code: string;
  field: string;
  reason: string;
}

/** A statement of completeness that did not go out, because refused lines are not made good. */
export interface HeldStatement {
  line: number;
  id: string;
}

export interface Receipts {
  sent: number;
  accepted: number;
  rejected: RejectedMessage[];
  held: HeldStatement[];
  batches: number;
  retries: number;
}

export interface SendOptions {
  /** The gateway's address, without the path. */
  gateway: string;
  apiKey: string;
  /** Messages, or lines already written as JSON; lines are checked before they leave. */
  messages: AsyncIterable<FeedMessage | string> | Iterable<FeedMessage | string>;
  batchLines?: number;
  /** Names the delivery to the gateway: the same when it is taken up again, another for another. */
  delivery?: string;
  /** Refused lines of this and earlier deliveries that are not made good; kept up to date. */
  outstanding?: Outstanding;
  /** Messages at the beginning that an earlier run has settled: they are counted and not sent again. */
  settledBefore?: number;
  /** Messages in all, when known, for the progress. */
  total?: number;
  progress?: Progress;
  fetch?: typeof globalThis.fetch;
  /** Milliseconds without an acknowledgement after which delivery gives up; nothing is lost by trying later. */
  patience?: number;
  wait?: (milliseconds: number) => Promise<void>;
  now?: () => number;
  /** Told after each acknowledged batch how many messages, from the first on, are settled: what a later run may skip. */
  onSettled?: (settled: number, receipts: Readonly<Receipts>) => void | Promise<void>;
  signal?: AbortSignal;
}

const Answer = z.object({
  accepted: z.int().min(0),
  rejected: z.array(
    z.object({ line: z.int().min(1), code: z.string(), field: z.string(), reason: z.string() }),
  ),
});

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 60_000;
const REQUEST_TIMEOUT = 90_000;
const TEN_MINUTES = 600_000;

/** Failures to check the gateway's certificate, which waiting does not mend. */
const UNTRUSTED = /^(DEPTH_ZERO_|SELF_SIGNED_|CERT_|UNABLE_TO_(VERIFY|GET_ISSUER)|ERR_TLS_CERT_)/;

const untrusted = (cause: string): UserError =>
  new UserError(
    'untrusted-gateway',
    `The gateway's certificate is not trusted (${cause}): check the address, or give the authority that signed it with --ca-file.`,
    { field: 'gateway' },
  );

interface Outgoing {
  line: number;
  id: string;
  text: string;
  record: string | null;
  claims: boolean;
}

const outgoingOf = (message: FeedMessage, line: number, text: string): Outgoing => ({
  line,
  id: message.id,
  text,
  record: recordOf(message),
  claims: claimsCompleteness(message),
});

/** A message as its line, or the reason why it must not leave. */
function outgoing(message: FeedMessage | string, line: number): Outgoing | RejectedMessage {
  if (typeof message !== 'string') return outgoingOf(message, line, JSON.stringify(message));
  const parsed = parseMessage(message);
  if (!parsed.ok) return { line, id: '', ...parsed.refusal };
  return outgoingOf(parsed.message, line, message);
}

/** The gateway's code for a statement of completeness in a delivery with refused lines. */
const HELD_CODE = 'lines-refused';

/** What one request came to. `again`: try the same batch later, after `pause` milliseconds when the gateway says so. */
type Outcome =
  | { answer: z.infer<typeof Answer> }
  | { again: string; pause?: number }
  | { split: true }
  | { refused: UserError };

const pauseOf = (retryAfter: string | null, now: number): number | undefined => {
  if (retryAfter === null) return undefined;
  const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : undefined;
};

/** The code of a refusal, when it is one: never the whole text of an answer, which may come from anything in between. */
async function codeOf(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => undefined);
  const code = z.object({ error: z.object({ code: z.string().regex(/^[\w-]{1,60}$/) }) }).safeParse(body);
  return code.success ? `, ${code.data.error.code}` : '';
}

class Delivery {
  readonly #options: SendOptions;
  readonly #address: URL;
  readonly #fetch: typeof globalThis.fetch;
  readonly #wait: (milliseconds: number) => Promise<void>;
  readonly #now: () => number;
  readonly #name: string;
  readonly outstanding: Outstanding;
  readonly receipts: Receipts = { sent: 0, accepted: 0, rejected: [], held: [], batches: 0, retries: 0 };

  constructor(options: SendOptions) {
    this.#options = options;
    this.#name = options.delivery ?? randomUUID();
    this.outstanding = options.outstanding ?? new Outstanding();
    try {
      this.#address = new URL(
        'v1/events',
        options.gateway.endsWith('/') ? options.gateway : `${options.gateway}/`,
      );
    } catch {
      throw new UserError(
        'bad-gateway-address',
        'The gateway must be an address such as https://waymark.example.org.',
        {
          field: 'gateway',
        },
      );
    }
    this.#fetch = options.fetch ?? globalThis.fetch;
    const { signal } = options;
    this.#wait =
      options.wait ?? ((milliseconds) => setTimeout(milliseconds, undefined, signal ? { signal } : {}));
    this.#now = options.now ?? Date.now;
  }

  async #request(batch: readonly Outgoing[]): Promise<Outcome> {
    const body = await compress(batch.map((one) => one.text).join('\n'), { level: constants.Z_BEST_SPEED });
    let response: Response;
    try {
      response = await this.#fetch(this.#address, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${this.#options.apiKey}`,
          'content-type': 'application/x-ndjson',
          'content-encoding': 'gzip',
          'waymark-delivery': this.#name,
        },
        body: new Uint8Array(body),
        signal: AbortSignal.any([
          AbortSignal.timeout(REQUEST_TIMEOUT),
          ...(this.#options.signal ? [this.#options.signal] : []),
        ]),
        redirect: 'error',
      });
    } catch (error) {
      const cause = (error as { cause?: { code?: unknown } }).cause?.code;
      if (typeof cause === 'string' && UNTRUSTED.test(cause)) return { refused: untrusted(cause) };
      return { again: typeof cause === 'string' ? cause : 'no answer' };
    }
    const { status } = response;
    if (status === 202 || status === 422) {
      const answer = Answer.safeParse(await response.json().catch(() => undefined));
      if (answer.success) return { answer: answer.data };
      return status === 202
        ? { again: 'an answer that could not be read' }
        : { refused: this.#refusal(status, '') };
    }
    const pause = pauseOf(response.headers.get('retry-after'), this.#now());
    if (status === 429 || status === 408 || status >= 500) {
      await response.arrayBuffer().catch(() => undefined);
      return { again: `status ${status}`, ...(pause !== undefined && { pause }) };
    }
    if (status === 413) {
      await response.arrayBuffer().catch(() => undefined);
      return { split: true };
    }
    return { refused: this.#refusal(status, await codeOf(response)) };
  }

  #refusal(status: number, code: string): UserError {
    if (status === 401 || status === 403) {
      return new UserError(
        'key-refused',
        `The gateway does not accept the API key (status ${status}${code}): check that it is this council's and not revoked.`,
        { field: 'api-key' },
      );
    }
    return new UserError(
      'gateway-refused',
      `The gateway refused the batch (status ${status}${code}): check the address, and that both sides are of the same version.`,
      { field: 'gateway' },
    );
  }

  /** A line that will not go out as it is. */
  refuse(rejected: RejectedMessage, record: string | null): void {
    this.receipts.rejected.push(rejected);
    this.outstanding.refuse(record, `line ${rejected.line} of ${this.#name}`, rejected.code);
  }

  #note(batch: readonly Outgoing[], rejected: z.infer<typeof Answer>['rejected']): void {
    const refusals = new Map(rejected.map((refusal) => [refusal.line, refusal]));
    batch.forEach(({ line, id, record }, at) => {
      const refusal = refusals.get(at + 1);
      if (!refusal) this.outstanding.accept(record);
      else if (refusal.code === HELD_CODE) this.receipts.held.push({ line, id });
      else this.refuse({ ...refusal, line, id }, record);
    });
  }

  /** Sends a batch until it is settled, smaller when it is too large. */
  async settle(batch: readonly Outgoing[]): Promise<void> {
    const { receipts } = this;
    const { patience = TEN_MINUTES, progress = silent, signal } = this.#options;
    const since = this.#now();
    for (let attempt = 0; ; attempt += 1) {
      signal?.throwIfAborted();
      const outcome = await this.#request(batch);
      if ('answer' in outcome) {
        receipts.batches += 1;
        receipts.sent += batch.length;
        receipts.accepted += outcome.answer.accepted;
        this.#note(batch, outcome.answer.rejected);
        await this.#options.onSettled?.(batch.at(-1)?.line ?? 0, receipts);
        return;
      }
      if ('refused' in outcome) throw outcome.refused;
      if ('split' in outcome) {
        const [only] = batch;
        if (batch.length === 1 && only) {
          receipts.sent += 1;
          const reason = 'is larger than the gateway takes';
          this.refuse({ line: only.line, id: only.id, code: 'too-large', field: '', reason }, only.record);
          return;
        }
        const half = Math.ceil(batch.length / 2);
        await this.settle(batch.slice(0, half));
        await this.settle(batch.slice(half));
        return;
      }
      signal?.throwIfAborted();
      const waited = this.#now() - since;
      if (waited >= patience) {
        throw new UserError(
          'gateway-unavailable',
          `The gateway has not taken a batch for ${Math.round(waited / 1000)} seconds (${outcome.again}): send again later, nothing is lost.`,
          { field: 'gateway' },
          1,
        );
      }
      receipts.retries += 1;
      const pause = Math.min(outcome.pause ?? FIRST_PAUSE * 2 ** attempt, LONGEST_PAUSE, patience - waited);
      progress({ stage: 'send', message: `waiting for the gateway (${outcome.again})` });
      await this.#wait(Math.max(pause, 1)).catch((error: unknown) => {
        signal?.throwIfAborted();
        throw error;
      });
    }
  }
}

/**
 * Delivers messages in order.
 * @returns what was sent, accepted, rejected and held back; rejected lines do not stop the others, but no statement that
 * the feed is complete leaves behind them
 * @throws UserError `key-refused`, `gateway-refused`, `gateway-unavailable`; what was acknowledged until then stands
 */
export async function sendMessages(options: SendOptions): Promise<Receipts> {
  const { batchLines = 500, progress = silent, settledBefore = 0, total } = options;
  const delivery = new Delivery(options);
  const { receipts } = delivery;
  let batch: Outgoing[] = [];
  let line = 0;
  const flush = async () => {
    if (batch.length === 0) return;
    await delivery.settle(batch);
    batch = [];
    progress({
      stage: 'send',
      message: 'to the gateway',
      done: settledBefore + receipts.sent,
      ...(total !== undefined && { total }),
      unit: 'messages',
    });
  };
  for await (const message of options.messages) {
    if (typeof message === 'string' && message.trim() === '') continue;
    line += 1;
    if (line <= settledBefore) continue;
    const one = outgoing(message, line);
    if ('reason' in one) {
      delivery.refuse(one, typeof message === 'string' ? recordOfLine(message) : null);
      continue;
    }
    // The lines before it may make good what was refused: they are settled first.
    if (one.claims && delivery.outstanding.count > 0) await flush();
    if (one.claims && delivery.outstanding.count > 0) {
      receipts.held.push({ line, id: one.id });
      continue;
    }
    batch.push(one);
    if (batch.length >= batchLines) await flush();
  }
  await flush();
  return receipts;
}
