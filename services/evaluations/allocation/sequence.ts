// A concealed sequence: the next arm is a function of the sealed secret and of the units allocated before, so that the
// log and the secret remake every arm, and nothing about arms to come needs to be stored anywhere.
import { type Concealed, type Factor, factorName } from '../../../schemas/protocol/allocation.ts';
import type { Arm } from '../../../schemas/protocol.ts';
import { drawBlock, drawMinimised } from '../../statistics/trial/randomise.ts';
import { sealedChance } from './chance.ts';

/** What is sealed: the seed and the block sizes, as multiples of the smallest balanced block. */
export interface Secret {
  seed: Uint8Array;
  blockMultiples: readonly number[];
}

/** A unit's level of each factor that arms are balanced over, by the factor's name. */
export type Levels = Readonly<Record<string, string>>;

/** What arms are balanced over. */
export function factorsOf({ scheme }: Concealed): readonly Factor[] {
  if (scheme.kind === 'simple') return [];
  return scheme.kind === 'permuted-block' ? scheme.strata : scheme.factors;
}

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));

/**
 * The smallest balanced block: 2:1 is trial, trial, comparison. Minimisation treats its places as arms, which keeps the
 * ratio at every step (Kuznetsova and Tymofyeyev 2012, Stat. Med. 31:711).
 */
export function placesOf({ ratio: { trial, comparison } }: Concealed): Arm[] {
  const divisor = commonDivisor(trial, comparison);
  return [
    ...Array<Arm>(trial / divisor).fill('trial'),
    ...Array<Arm>(comparison / divisor).fill('comparison'),
  ];
}

interface Stratum {
  blocks: number;
  rest: number[];
}

export class Sequence {
  readonly #design: Concealed;
  readonly #secret: Secret;
  readonly #places: Arm[];
  readonly #names: string[];
  readonly #strata = new Map<string, Stratum>();
  readonly #counts = new Map<string, number[]>();
  #drawn = 0;

  constructor(design: Concealed, secret: Secret) {
    this.#design = design;
    this.#secret = secret;
    this.#places = placesOf(design);
    this.#names = factorsOf(design).map(factorName);
  }

  /** The arm that the next unit with these levels gets. Nothing changes: asking twice gives one answer. */
  next(levels: Levels): Arm {
    return this.#places[this.#place(levels)] as Arm;
  }

  /** The next unit has been allocated. @returns its arm */
  take(levels: Levels): Arm {
    const place = this.#place(levels);
    this.#drawn += 1;
    if (this.#design.scheme.kind === 'permuted-block') this.#openBlock(levels).rest.shift();
    this.count(levels, place);
    return this.#places[place] as Arm;
  }

  /** A unit was allocated from an envelope: the main sequence stands where it stood, minimisation takes it into account. */
  count(levels: Levels, place: number): void {
    if (this.#design.scheme.kind !== 'minimisation') return;
    for (const key of this.#keys(levels)) {
      const own = this.#counts.get(key) ?? this.#none();
      own[place] = (own[place] ?? 0) + 1;
      this.#counts.set(key, own);
    }
  }

  /** The places of an emergency list's envelopes, from blocks of the list's own. */
  envelopes(list: string, size: number): { arm: Arm; place: number }[] {
    const places: number[] = [];
    for (let block = 0; places.length < size; block += 1) {
      places.push(...this.#drawBlock(`emergency ${list} block ${block}`));
    }
    return places.slice(0, size).map((place) => ({ arm: this.#places[place] as Arm, place }));
  }

  #place(levels: Levels): number {
    const { scheme } = this.#design;
    if (scheme.kind === 'permuted-block') return this.#openBlock(levels).rest[0] as number;
    const chance = sealedChance(this.#secret.seed, `${scheme.kind} ${this.#drawn}`);
    if (scheme.kind === 'simple') return chance.below(this.#places.length);
    const counts = this.#keys(levels).map((key) => this.#counts.get(key) ?? this.#none());
    return drawMinimised(counts, this.#places.length, scheme.certainty, chance);
  }

  #openBlock(levels: Levels): Stratum {
    const key = JSON.stringify(this.#names.map((name) => levels[name] ?? ''));
    const stratum = this.#strata.get(key) ?? { blocks: 0, rest: [] };
    if (stratum.rest.length === 0) {
      stratum.rest = this.#drawBlock(`stratum ${key} block ${stratum.blocks}`);
      stratum.blocks += 1;
      this.#strata.set(key, stratum);
    }
    return stratum;
  }

  #drawBlock(label: string): number[] {
    const sizes = this.#secret.blockMultiples.map((multiple) => multiple * this.#places.length);
    return drawBlock([...this.#places.keys()], sizes, sealedChance(this.#secret.seed, label));
  }

  #none = (): number[] => this.#places.map(() => 0);

  #keys = (levels: Levels): string[] => this.#names.map((name) => `${name}:${levels[name] ?? ''}`);
}
