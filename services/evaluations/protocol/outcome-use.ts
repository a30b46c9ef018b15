// A protocol file may name a built-in outcome by id and version; what is stored and hashed is always the whole definition.
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

/** What `use` may name, for a suggestion. */
export const usableOutcomes = (): string[] => usable.map(({ id, version }) => `${id} version ${version}`);
