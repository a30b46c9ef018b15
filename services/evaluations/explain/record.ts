// What `waymark outcome explain` says about one child of one evaluation, wherever the child was read from.
import type { OutcomeDefinition } from '../../../schemas/outcome.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import type { Explanation, Said } from '../../outcomes/explain.ts';
import { explain } from '../../outcomes/explain.ts';
import type { Index } from '../../outcomes/participant.ts';
import type { Person } from '../../outcomes/persons.ts';
import { UserError } from '../../platform/errors.ts';
import { type Exclusion, exclusionWords } from '../eligibility.ts';
import type { KnownFeed } from '../evaluate/known.ts';

/** What `waymark outcome explain --json` prints. Fields are added, never renamed or removed, within one version. */
export interface ExplainRecord {
  explainVersion: 1;
  evaluation: string;
  council: string;
  /** The lowest of its pseudonyms. */
  child: string;
  pseudonyms: readonly string[];
  asOf: string | null;
  /** Why the child does not take part; null when it does. */
  excluded: Exclusion | null;
  /** Why a participant stays though its records now say otherwise; null for all others. */
  flag: string | null;
  /** One a horizon; empty for a child that does not take part. */
  explanations: Explanation[];
}

/** @throws UserError `unknown-outcome` */
export function outcomeNamed({ outcomes }: Protocol, id: string): OutcomeDefinition {
  const found = outcomes.find((one) => one.id === id);
  if (found) return found;
  const known = outcomes.map((one) => one.id).join(', ');
  throw new UserError('unknown-outcome', `The evaluation has no outcome ${id}; it has ${known}.`, {
    field: 'outcome',
  });
}

/** All of the protocol's, or the one asked for. @throws UserError `unknown-horizon` */
export function horizonsAsked({ horizons }: Protocol, asked: string | undefined): readonly number[] {
  if (asked === undefined) return horizons;
  const found = horizons.filter((one) => String(one) === asked);
  if (found.length > 0) return found;
  throw new UserError(
    'unknown-horizon',
    `The evaluation has no horizon of ${asked} months; it has ${horizons.join(', ')}.`,
    { field: 'horizon' },
  );
}

/** The one child of this pseudonym. @throws UserError `unknown-participant`, `several-councils` */
export function theOne<Child extends { council: string }>(
  found: readonly Child[],
  participant: string,
): Child {
  const [first, ...more] = found;
  if (!first)
    throw new UserError(
      'unknown-participant',
      `Nothing is known of a child ${participant} in the evaluation’s councils.`,
      { field: 'participant' },
    );
  if (more.length === 0) return first;
  const councils = found.map(({ council }) => council).join(' and ');
  throw new UserError(
    'several-councils',
    `The pseudonym ${participant} is a child of ${councils}: say which with --council.`,
    { field: 'council' },
  );
}

export interface Subject {
  evaluation: string;
  asOf: string | null;
  child: Person;
  feed: KnownFeed;
  said: readonly Said[];
  /** What the child takes part with; null when it does not. */
  index: Index | null;
  excluded: Exclusion | null;
  flag: string | null;
}

export function explainRecord(
  definition: OutcomeDefinition,
  horizons: readonly number[],
  { child, feed, said, index, ...subject }: Subject,
): ExplainRecord {
  const { gaps, completeThrough } = feed;
  const { council, newest } = child;
  return {
    explainVersion: 1,
    ...subject,
    council,
    child: child.child,
    pseudonyms: child.pseudonyms,
    explanations: index ? explain(definition, { index, newest, said, gaps, completeThrough }, horizons) : [],
  };
}

/** Why a child does not take part, in a sentence. */
export const exclusionSentence = (reason: Exclusion): string =>
  `The child does not take part: it is one of those who ${exclusionWords[reason]}.`;
