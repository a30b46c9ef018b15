// Every method as its user sees it, and what of a specification its method does not use.
import type { Roles, Spec } from '../spec.ts';
import { ADJUSTMENT } from './adjustment.ts';
import { type MethodEntry, type Role, WHAT_A_ROLE_IS } from './entry.ts';
import { REGRESSION } from './regression.ts';
import { SURVIVAL } from './survival.ts';
import { TABLES } from './tables.ts';
import { TRIAL } from './trial.ts';

export const CATALOGUE: Readonly<Record<string, MethodEntry>> = {
  ...TABLES,
  ...REGRESSION,
  ...SURVIVAL,
  ...ADJUSTMENT,
  ...TRIAL,
};

const EVERYWHERE = new Set(['method', 'level', 'missing', 'beside']);
const COUNTED = ['two-proportions', 'welch'];
/** What of a specification tells which roles are read. */
type Asked = Roles & { method?: string; a?: unknown; b?: unknown; estimates?: unknown };
const isRole = (name: string): name is Role => name in WHAT_A_ROLE_IS;

/** The roles a method reads under this specification; all of them for a method that does not exist. */
export function rolesUsed(spec: Asked): readonly Role[] {
  const entry = CATALOGUE[spec.method ?? ''];
  if (!entry) return Object.keys(WHAT_A_ROLE_IS) as Role[];
  const counted = COUNTED.includes(spec.method ?? '') && (spec.a !== undefined || spec.b !== undefined);
  if (counted || (spec.method === 'meta' && Array.isArray(spec.estimates))) return [];
  const roles = [...entry.roles.map((role) => role.replace('!', '') as Role), ...(entry.refuses ?? [])];
  // naming the trial arm is part of naming the arms, and an arm's curve is drawn either way
  return roles.includes('arm') ? [...new Set([...roles, 'treated' as const])] : roles;
}

/** A specification without the roles its method does not read. */
export function rolesRead(spec: Asked): Roles {
  return Object.fromEntries(
    rolesUsed(spec).flatMap((role) => (spec[role] === undefined ? [] : [[role, spec[role]]])),
  );
}

/** `X-not-used` for everything a specification says that has no part in the answer. */
export function notUsed(spec: Spec): string[] {
  const entry = CATALOGUE[spec.method];
  if (!entry) return [];
  const roles = rolesUsed(spec);
  const unused = (name: string): boolean => {
    if (spec[name] === undefined || EVERYWHERE.has(name)) return false;
    if (name === 'bootstrapWeights') return false;
    const option = entry.options[name];
    if (option) return option.when ? !option.when(spec) : false;
    return !(isRole(name) && roles.includes(name));
  };
  return Object.keys(spec)
    .filter(unused)
    .map((name) => `${name}-not-used`);
}
