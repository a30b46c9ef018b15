// Who plans on a page: a person who signed in, for a key has no name to stand under a step.
import type { FastifyRequest } from 'fastify';
import { NO_NAME } from '../pages/planning/step-frame.ts';
import { PortalProblem, type WayOn } from '../problem.ts';
import type { KeyHolder } from '../store.ts';

export const isNamed = (person: KeyHolder | null): boolean => person?.id?.startsWith('person:') === true;

/** Whoever asks, on a page that names its readers. */
export function holderOf({ person }: FastifyRequest): KeyHolder {
  if (person) return person;
  throw new PortalProblem(403, 'not-allowed', 'What you are signed in as does not open this page.');
}

/** @throws PortalProblem 400 `no-name` for a key */
export function namedOf(person: KeyHolder | null, waysOn: readonly WayOn[]): KeyHolder {
  if (person && isNamed(person)) return person;
  throw new PortalProblem(400, 'no-name', NO_NAME, waysOn);
}

/** The fields of a form as text. */
export const sentValues = (body: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries((body ?? {}) as Record<string, unknown>).map(([name, value]) => [name, String(value)]),
  );
