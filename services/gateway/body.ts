// A body is read whole or refused: never more bytes than a batch may have, packed or unpacked, and never for ever.
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { MAX_BODY_BYTES } from './batch.ts';
import type { Place } from './capacity.ts';
import { Refused } from './refusals.ts';

const unpack = promisify(gunzip);

const LINGER = 5_000;

/** Reads the rest of a body that is too large and keeps none of it: a sender cut off while it writes may never read why. */
async function thrownAway(payload: NodeJS.ReadableStream): Promise<void> {
  payload.removeAllListeners('data');
  payload.resume();
  await new Promise<void>((resolve) => {
    const clock = setTimeout(resolve, LINGER);
    const done = (): void => {
      clearTimeout(clock);
      resolve();
    };
    payload.once('end', done).once('close', done).once('error', done);
  });
}

async function receive(
  payload: NodeJS.ReadableStream,
  place: Place,
  declared: number,
  patience: number,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  let stop: (error: Error) => void = () => {};
  const tooSlow = new Promise<never>((_, reject) => {
    stop = reject;
  });
  if (declared > MAX_BODY_BYTES) stop(new Refused('body-too-large'));
  const clock = setTimeout(() => stop(new Refused('too-slow')), patience);
  const all = new Promise<void>((resolve, reject) => {
    payload.on('data', (piece: Buffer) => {
      try {
        bytes += piece.length;
        if (bytes > MAX_BODY_BYTES) throw new Refused('body-too-large');
        place.grow(piece.length);
        pieces.push(piece);
      } catch (error) {
        reject(error);
      }
    });
    payload.once('end', resolve);
    payload.once('error', reject);
    payload.once('close', () => reject(new Refused('too-slow')));
  });
  try {
    await Promise.race([all, tooSlow]);
  } catch (error) {
    if (error instanceof Refused && error.code === 'body-too-large') await thrownAway(payload);
    throw error;
  } finally {
    clearTimeout(clock);
    payload.removeAllListeners('data');
    payload.resume();
  }
  return Buffer.concat(pieces, bytes);
}

/** Unpacks at most as many bytes as a batch may have: a compressed bomb is cut off there. */
async function unpacked(packed: Buffer, place: Place): Promise<Buffer> {
  try {
    const body = await unpack(packed, { maxOutputLength: MAX_BODY_BYTES });
    place.grow(body.length);
    return body;
  } catch (error) {
    const { code = '' } = error as { code?: string };
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new Refused('body-too-large');
    if (code.startsWith('Z_')) throw new Refused('bad-gzip');
    throw error;
  }
}

/**
 * The text of a body.
 * @param patience milliseconds in which it must have arrived
 * @throws Refused `unknown-encoding`, `body-too-large`, `bad-gzip`, `too-slow`, `busy`
 */
export async function readBody(
  payload: NodeJS.ReadableStream,
  headers: { 'content-encoding'?: string | undefined; 'content-length'?: string | undefined },
  place: Place,
  patience: number,
): Promise<string> {
  const { 'content-encoding': encoding = 'identity', 'content-length': length = '0' } = headers;
  if (encoding !== 'identity' && encoding !== 'gzip') throw new Refused('unknown-encoding');
  const body = await receive(payload, place, Number(length), patience);
  return (encoding === 'gzip' ? await unpacked(body, place) : body).toString('utf8');
}
