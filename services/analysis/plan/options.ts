// Options of `waymark analyse`. What is analysed is one thing: options that do not go with it are refused, never left out in silence.
import { UserError } from '../../platform/errors.ts';

export interface Options {
  protocol?: string;
  events?: string;
  release?: string;
  asOf?: string;
  allocations?: string;
  councils?: string;
  accept: string[];
  evaluation?: string;
  /** The number of a kept one. */
  analysis?: string;
  /** Looks made before, in their order: files of records, or numbers of kept ones. */
  earlier?: string[];
  by?: string;
  /** A file, or true where none is named. */
  verify?: string | true;
  forR?: string;
  report?: string;
  costs?: string;
  json?: boolean;
}

const files = ['protocol', 'events', 'allocations', 'councils'] as const;
const making = ['asOf', 'accept', 'by', 'earlier', 'costs', 'forR'] as const;

/** The first one given says what is analysed, files where none is. */
const strangers: [keyof Options, readonly (keyof Options)[]][] = [
  ['release', ['analysis', 'evaluation', ...files, ...making, 'report']],
  ['analysis', ['evaluation', ...files, ...making]],
  ['evaluation', files],
];

const isGiven = (value: Options[keyof Options]): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== undefined;

const refuse = (field: string, sentence: string): never => {
  throw new UserError('bad-option', sentence, { field });
};

/** @throws UserError `bad-option`, naming the option */
export function refuseMixed(options: Options): void {
  const [what, others] = strangers.find(([option]) => isGiven(options[option])) ?? ['events', []];
  const stranger = others.find((option) => isGiven(options[option]));
  if (stranger !== undefined) {
    const field = stranger.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    refuse(field, `--${field} does not go with --${what}.`);
  }
  if (what === 'evaluation' && options.verify !== undefined)
    refuse('verify', 'A stored analysis is made again by its number: --analysis NUMBER --verify.');
  if (what === 'analysis' && typeof options.verify === 'string')
    refuse('verify', 'A kept analysis is compared with itself: give --verify without a record.');
}
