// The one source of chance: the same seed gives the same numbers on every machine, thread count and release.
// Generator: sfc32 (Doty-Humphrey 2014, PractRand), seeded through splitmix32; streams are split by a second key.

/** What a draw needs of a source of chance, this one or another. */
export interface Uniforms {
  /** Uniform on the open interval (0, 1), 32 bits. */
  uniform(): number;
  /** A whole number from 0 to below `bound`, without bias. */
  below(bound: number): number;
}

/** A seeded stream of random numbers. */
export interface Random extends Uniforms {
  /** Standard normal (Box and Muller 1958). */
  normal(): number;
}

/** Stream `stream` of the family started by `seed`: chunks of work take one stream each. */
export function random(seed: number, stream = 0): Random {
  let state =
    (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b) ^ Math.floor(seed / 2 ** 32)) | 0;
  const mix = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return (z ^ (z >>> 15)) | 0;
  };
  let a = mix();
  let b = mix();
  let c = mix();
  let counter = 1;
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    c |= 0;
    return t >>> 0;
  };
  for (let i = 0; i < 16; i++) next();
  let spare: number | null = null;
  const uniform = (): number => (next() + 0.5) / 4294967296;
  return {
    uniform,
    below(bound) {
      let x = next();
      // only the last `bound` values can fall beyond the last whole multiple: elsewhere it need not be worked out
      if (x >= 4294967296 - bound) {
        const limit = 4294967296 - (4294967296 % bound);
        while (x >= limit) x = next();
      }
      return x % bound;
    },
    normal() {
      if (spare !== null) {
        const kept = spare;
        spare = null;
        return kept;
      }
      const radius = Math.sqrt(-2 * Math.log(uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
  };
}

/** Shuffles in place (Fisher and Yates 1938; Durstenfeld 1964). */
export function shuffle<T extends { length: number; [index: number]: unknown }>(
  items: T,
  source: Uniforms,
): T {
  for (let i = items.length - 1; i > 0; i--) {
    const j = source.below(i + 1);
    const kept = items[i];
    items[i] = items[j];
    items[j] = kept;
  }
  return items;
}
