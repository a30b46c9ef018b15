// The sealed source of chance: whoever has the seed can remake every draw with HMAC-SHA-256 alone, and nobody can
// foretell one without it, however many earlier draws they saw.
import { createHmac } from 'node:crypto';
import type { Uniforms } from '../../statistics/random.ts';

export const SEED_BYTES = 32;
const WORDS = 2 ** 32;

/**
 * The stream of one draw: 32-bit words, most significant byte first, of HMAC-SHA-256(seed, `${label}#0`), `#1`, …
 * @param label what is drawn; two draws that must not be alike have different labels
 */
export function sealedChance(seed: Uint8Array, label: string): Uniforms {
  let block = Buffer.alloc(0);
  let at = 0;
  let counter = 0;
  const next = (): number => {
    if (at === block.length) {
      block = createHmac('sha256', seed).update(`${label}#${counter}`).digest();
      counter += 1;
      at = 0;
    }
    const word = block.readUInt32BE(at);
    at += 4;
    return word;
  };
  return {
    uniform: () => (next() + 0.5) / WORDS,
    below(bound) {
      const limit = WORDS - (WORDS % bound);
      let word = next();
      while (word >= limit) word = next();
      return word % bound;
    },
  };
}
