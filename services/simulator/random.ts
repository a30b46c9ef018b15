// The simulator's only source of chance: sfc32 streams that fork by number, so a draw depends on its place and never on order.

/** Murmur3's finaliser: every input bit reaches every output bit. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** FNV-1a over UTF-16 units, from a salt. */
function hashText(text: string, salt: number): number {
  let h = 0x811c9dc5 ^ salt;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h);
}

/**
 * A stream of numbers fixed by where it was made. `fork(4, 2)` is the same stream however much of the parent has been
 * drawn: the two lives of a child, one in each arm, share every draw that the arm does not change.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private d = 1;

  private constructor(
    private readonly x: number,
    private readonly y: number,
    private readonly z: number,
  ) {
    this.a = x;
    this.b = y;
    this.c = z;
    for (let i = 0; i < 12; i++) this.bits();
  }

  static of(seed: string): Random {
    return new Random(hashText(seed, 0x1b873593), hashText(seed, 0x9e3779b9), hashText(seed, 0x2545f491));
  }

  fork(...path: number[]): Random {
    let { x, y, z } = this;
    for (const step of path) {
      const nx = mix(x ^ Math.imul(step + 1, 0x9e3779b1));
      const ny = mix(y + Math.imul(step + 7, 0x85ebca77) + nx);
      z = mix(z ^ Math.imul(step + 13, 0xc2b2ae3d) ^ ny);
      x = nx;
      y = ny;
    }
    return new Random(x, y, z);
  }

  /** 32 random bits (sfc32, Chris Doty-Humphrey). */
  private bits(): number {
    const t = (((this.a + this.b) | 0) + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  /** Uniform in [0, 1). */
  next(): number {
    return this.bits() / 4294967296;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  logNormal(median: number, sigma: number): number {
    return median * Math.exp(sigma * this.normal());
  }

  /** Gamma with mean 1 and the given variance (Marsaglia and Tsang 2000). */
  gammaOfMeanOne(variance: number): number {
    const shape = 1 / variance;
    const boosted = shape < 1 ? shape + 1 : shape;
    const d = boosted - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v <= 0) continue;
      if (Math.log(1 - this.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) {
        const boost = shape < 1 ? (1 - this.next()) ** (1 / shape) : 1;
        return (d * v * boost) / shape;
      }
    }
  }

  /** A whole number near `mean`: exact Poisson when small, its normal approximation when large. */
  poisson(mean: number): number {
    if (mean > 200) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    let count = -1;
    for (let left = mean; left >= 0; count++) left -= this.exponential(1);
    return count;
  }

  /** One of the choices, by weight; weights need not sum to 1. */
  pick<T>(choices: Choices<T>): T {
    let left = this.next() * choices.total;
    for (const [choice, weight] of choices.entries) {
      left -= weight;
      if (left < 0) return choice;
    }
    return choices.last;
  }

  /** Shuffles in place (Fisher and Yates). */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.whole(0, i);
      const held = items[i] as T;
      items[i] = items[j] as T;
      items[j] = held;
    }
    return items;
  }
}

export interface Choices<T> {
  entries: readonly (readonly [T, number])[];
  total: number;
  last: T;
}

/** Choices and their weights, written `choices(['a', 3], ['b', 1])`. */
export function choices<const T>(
  ...entries: [readonly [T, number], ...(readonly [T, number])[]]
): Choices<T> {
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  return { entries, total, last: (entries[entries.length - 1] ?? entries[0])[0] };
}

/** `count` normal draws moved and scaled to mean 0 and standard deviation 1 exactly, so a few councils spread as planned. */
export function standardNormals(random: Random, count: number): number[] {
  const drawn = Array.from({ length: count }, () => random.normal());
  const mean = drawn.reduce((sum, x) => sum + x, 0) / Math.max(1, count);
  const sd = Math.sqrt(drawn.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, count));
  return drawn.map((x) => (sd > 0 ? (x - mean) / sd : 0));
}
