// A protocol file may name a built-in outcome by id and version; what is stored and hashed is always the whole definition.
import type { OutcomeDefinition } from '../../../schemas/outcome.ts';
import { builtInOutcomes, earlierOutcomes } from '../../outcomes/definitions.ts';

const usable = [...builtInOutcomes, ...earlierOutcomes];

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Puts definitions in the place of `{ use, version }`. One that is not built in stays as it is, and is refused by the schema. */
export function withOutcomes(candidate: unknown): unknown {
  if (!isRecord(candidate) || !Array.isArray(candidate.outcomes)) return candidate;
  const outcomes = candidate.outcomes.map((entry: unknown) => {
    if (!isRecord(entry) || entry.use === undefined) return entry;
    return usable.find(({ id, version }) => id === entry.use && version === entry.version) ?? entry;
  });
  return { ...candidate, outcomes };
}

/** The other way round: `{ use, version }` in the place of a definition that is built in. @param hash tells definitions apart */
export const usesOf = (
  outcomes: readonly OutcomeDefinition[],
  hash: (definition: OutcomeDefinition) => string,
): unknown[] =>
  outcomes.map((given) => {
    const { id: use, version } = given;
    const known = usable.find((one) => one.id === use && one.version === version);
    return known && hash(known) === hash(given) ? { use, version } : given;
  });

/** What `use` may name, for a suggestion. */
export const usableOutcomes = (): string[] => usable.map(({ id, version }) => `${id} version ${version}`);
