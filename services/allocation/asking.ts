// Who asks, and what they are told. An answer takes the same time whether the unit had an arm or not, and says nothing that
// the log of arms already given does not say.
import { setTimeout as pause } from 'node:timers/promises';
import type { Allocator } from '../evaluations/allocation/allocator.ts';
import type { Holder } from '../platform/access.ts';
import { UserError } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';

export interface AllocationOptions {
  allocator: Allocator;
  holderOf: (key: string) => Promise<Holder | null>;
  log: Logger;
  clock: () => Date;
  /** Milliseconds that an answer takes at least, above what the first allocation of a unit takes. */
  leastAnswer?: number;
  /** Serve over TLS: PEM texts. */
  tls?: { cert: string; key: string } | undefined;
}

/** Who asks, and for which council. */
export interface Asker {
  label: string;
  council: string;
}

export class Refused extends Error {
  readonly statusCode: number;
  readonly code: string;
  readonly field: string | undefined;

  constructor(statusCode: number, code: string, message: string, field?: string) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
    this.field = field;
  }
}

/** Not found; not now; or the asking itself. */
const statusOf = ({ code }: UserError): number =>
  ['unknown-evaluation', 'not-open', 'not-drawn-here', 'councils-drawn'].includes(code)
    ? 404
    : ['closed', 'paused', 'not-recruiting'].includes(code)
      ? 409
      : 422;

/** What the server refuses before anybody has read it, in our words and with the part of the request that is at fault. */
function notUnderstood(statusCode: number): Refused {
  switch (statusCode) {
    case 413:
      return new Refused(
        413,
        'too-large',
        'The body has more than 16,384 bytes: send one unit a request.',
        'body',
      );
    case 415:
      return new Refused(
        415,
        'bad-content-type',
        'Send the body as JSON, with Content-Type: application/json.',
        'content-type',
      );
    case 429:
      return new Refused(429, 'too-many-attempts', 'Too many requests: wait a minute.');
    default:
      return new Refused(statusCode, 'bad-json', 'The body is not JSON, or not all of it arrived.', 'body');
  }
}

/** @returns what to tell the asker; anything unforeseen is a 500 that says nothing of the inside */
export function refusalOf(error: unknown, log: Logger): Refused {
  if (error instanceof Refused) return error;
  if (error instanceof UserError)
    return new Refused(statusOf(error), error.code, error.message, error.place.field);
  const { statusCode } = error as { statusCode?: number };
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return notUnderstood(statusCode);
  log.error({ err: error }, 'an allocation could not be answered: asking again is safe');
  return new Refused(
    500,
    'failed',
    'Waymark could not answer. Ask again: a unit that has an arm keeps it. If this lasts, open the next envelope.',
  );
}

/** The council of an allocator's key. @throws Refused */
export async function askerOf(key: string, holderOf: AllocationOptions['holderOf']): Promise<Asker> {
  const holder = key === '' ? null : await holderOf(key);
  if (!holder) throw new Refused(401, 'unknown-key', 'Send an allocator’s key as Authorization: Bearer KEY.');
  if (holder.role !== 'allocator' || !holder.council)
    throw new Refused(403, 'not-an-allocator', 'Only an allocator’s key may enter units.');
  return { label: holder.label, council: holder.council };
}

/** Answers after at least `least` ms, whether with an answer or with a refusal. */
export async function evenly<T>(least: number, work: Promise<T>): Promise<T> {
  const [settled] = await Promise.all([Promise.allSettled([work]), pause(least)]);
  const [result] = settled;
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}
