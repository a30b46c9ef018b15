// Simulated trials, and people who try to foretell the next arm from everything that was allocated before.
import { createHmac } from 'node:crypto';
import type { Concealed } from '../../schemas/protocol/allocation.ts';
import { type Secret, Sequence } from '../../services/evaluations/allocation/sequence.ts';
import { random } from '../../services/statistics/random.ts';

const factors: ('council' | { name: string; levels: string[] })[] = [
  'council',
  { name: 'age-band', levels: ['a', 'b'] },
];
const common = { method: 'concealed', ratio: { trial: 1, comparison: 1 }, eligibility: [] } as const;

export const designs: Record<Concealed['scheme']['kind'], Concealed> = {
  simple: { ...common, eligibility: [], scheme: { kind: 'simple' } },
  'permuted-block': { ...common, eligibility: [], scheme: { kind: 'permuted-block', strata: factors } },
  minimisation: { ...common, eligibility: [], scheme: { kind: 'minimisation', factors, certainty: 0.8 } },
};

const COUNCILS = 10;
/** Units a simulated trial: trials end, and with them what a guesser has learnt. */
const TRIAL = 1_000;

export interface Simulated {
  assignments: number;
  trial: number;
  /** Largest difference of arms in any stratum (blocks) or level (minimisation) at any moment. */
  largestImbalance: number;
  /** Correct guesses by convergence (Blackwell and Hodges 1957): the arm that lags behind; a coin when level. */
  guessed: number;
  /** By repeating the last arm, and by its opposite. */
  guessedLast: number;
  guessedOpposite: number;
}

/** The lagging arm in the unit's stratum; under minimisation, the arm that its levels lack most. */
export function simulate(
  kind: Concealed['scheme']['kind'],
  assignments: number,
  seed: Uint8Array,
): Simulated {
  const chance = random(20_261_125);
  const found = { trial: 0, largestImbalance: 0, guessed: 0, guessedLast: 0, guessedOpposite: 0 };
  let sequence: Sequence | null = null;
  let lead = new Map<string, number>();
  let last = 1;
  for (let at = 0; at < assignments; at += 1) {
    if (at % TRIAL === 0 || !sequence) {
      const secret: Secret = {
        seed: createHmac('sha256', seed).update(`trial ${at}`).digest(),
        blockMultiples: [2, 3, 4],
      };
      sequence = new Sequence(designs[kind], secret);
      lead = new Map();
    }
    const council = `council ${chance.below(COUNCILS)}`;
    const age = chance.below(2) === 0 ? 'a' : 'b';
    const keys =
      kind === 'minimisation' ? [council, age] : kind === 'simple' ? ['all'] : [`${council} ${age}`];
    // What a guesser knows: how far trial leads.
    const leads = keys.map((key) => lead.get(key) ?? 0);
    const ahead =
      kind === 'minimisation'
        ? leads.reduce((sum, d) => sum + Math.abs(d + 1) - Math.abs(d - 1), 0)
        : leads.reduce((sum, d) => sum + d, 0);
    const guess = ahead === 0 ? (chance.below(2) === 0 ? 1 : -1) : -Math.sign(ahead);
    const arm = sequence.take({ council, 'age-band': age }) === 'trial' ? 1 : -1;
    if (arm === 1) found.trial += 1;
    if (guess === arm) found.guessed += 1;
    if (last === arm) found.guessedLast += 1;
    else found.guessedOpposite += 1;
    last = arm;
    keys.forEach((key, k) => {
      const now = (leads[k] ?? 0) + arm;
      lead.set(key, now);
      if (Math.abs(now) > found.largestImbalance) found.largestImbalance = Math.abs(now);
    });
  }
  return {
    assignments,
    trial: found.trial,
    largestImbalance: found.largestImbalance,
    guessed: found.guessed / assignments,
    guessedLast: found.guessedLast / assignments,
    guessedOpposite: found.guessedOpposite / assignments,
  };
}

const choose = (n: number, k: number): number => {
  let value = 1;
  for (let i = 1; i <= k; i += 1) value = (value * (n - k + i)) / i;
  return value;
};

/**
 * Expected share of correct guesses by convergence in whole permuted blocks of two arms: a block of size 2m is guessed
 * m + (4^m / C(2m, m) - 1) / 2 times (Blackwell and Hodges 1957), whether or not the guesser knows where it ends.
 * @param sizes equally likely block sizes
 */
export function blockedGuessTheory(sizes: readonly number[]): number {
  const guessed = sizes.map((size) => size / 2 + (4 ** (size / 2) / choose(size, size / 2) - 1) / 2);
  const sum = (of: readonly number[]) => of.reduce((total, one) => total + one, 0);
  return sum(guessed) / sum(sizes);
}
