// What a look at one thing gives: it is well, or something is wrong and here is what to do, or it could not be looked at.
import { within } from '../../platform/within.ts';

export type Verdict = 'well' | 'wrong' | 'unseen';

export interface Finding {
  check: string;
  verdict: Verdict;
  /** What was seen, in a sentence. */
  found: string;
  /** What to do; null when nothing is to be done. */
  advice: string | null;
}

export type Seen = Omit<Finding, 'check'>;

export const well = (found: string): Seen => ({ verdict: 'well', found, advice: null });
export const wrong = (found: string, advice: string): Seen => ({ verdict: 'wrong', found, advice });
export const unseen = (found: string, advice: string): Seen => ({ verdict: 'unseen', found, advice });

/** The looks at one part, by the name of what they look at, in the order in which they are told. */
export type Looks = Record<string, () => Promise<Seen>>;

const PATIENCE = 15_000;

/** Every finding of these looks. One that fails or takes longer than 15 s was not seen. */
export function findings(looks: Looks): Promise<Finding[]> {
  return Promise.all(
    Object.entries(looks).map(async ([check, look]) => {
      try {
        return { check, ...(await within(PATIENCE, look())) };
      } catch (error) {
        const reason = (error as Error).message || (error as Error).name;
        return {
          check,
          ...unseen(`It could not be looked at: ${reason}.`, 'Mend what hinders it, then look again.'),
        };
      }
    }),
  );
}

/** The looks of a part that does not answer. */
export const beyond = (looks: readonly string[], part: string): Finding[] =>
  looks.map((check) => ({ check, ...unseen(`${part} does not answer.`, `First mend ${part}.`) }));

/** 1 when anything is wrong; else 2 when anything could not be looked at; else 0. */
export function exitCodeOf(all: readonly Finding[]): number {
  const has = (verdict: Verdict): boolean => all.some((one) => one.verdict === verdict);
  if (has('wrong')) return 1;
  return has('unseen') ? 2 : 0;
}
