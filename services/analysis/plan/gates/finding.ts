// What a check found, in words with its numbers.
import type { Gate } from '../../../../schemas/analysis.ts';

export type Finding = Pick<Gate, 'state' | 'words' | 'children'>;

/** @param children the numbers of children that a reader can work out from the words */
export const pass = (holds: boolean, words: string, children: number[] = []): Finding => ({
  state: holds ? 'passed' : 'failed',
  words,
  children,
});
export const notApplicable = (words: string): Finding => ({ state: 'not-applicable', words, children: [] });
export const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
export const arms = ['trial', 'comparison'] as const;
