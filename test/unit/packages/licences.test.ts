// Every package that the lock names has a permissive licence, so that Waymark may be given to anyone.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const lock = JSON.parse(readFileSync(new URL('../../../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, { version?: string; license?: string }>;
};

const PERMISSIVE = [
  'MIT',
  'MIT-0',
  'Apache-2.0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'MPL-2.0',
  'BlueOak-1.0.0',
  'Unlicense',
  'Python-2.0',
  'CC0-1.0',
  'PostgreSQL',
  // Of the compression under the pictures' writer: as free as BSD, and approved by the Open Source Initiative.
  'Zlib',
  // Boost, of the mathematics in @stdlib; the Business Source Licence is BUSL.
  'BSL-1.0',
];

/** Packages whose licence the lock does not name or that are no code, with what stands in them. */
const READ: Record<string, string> = {
  // Tables of browsers that webpack's bundler reads; CC-BY-4.0 asks that their source be named, and it is here.
  'node_modules/caniuse-lite': 'CC-BY-4.0',
  // Its LICENSE file is the Unlicense.
  'node_modules/unionfs': 'Unlicense',
};

/** An expression of SPDX names: one of the alternatives, or all of the parts, must be permissive. */
function permissive(expression: string): boolean {
  const plain = expression.replace(/[()]/g, '');
  if (plain.includes(' OR ')) return plain.split(' OR ').some(permissive);
  return plain.split(' AND ').every((name) => PERMISSIVE.includes(name.trim()));
}

test('every package of the lock has a permissive licence', () => {
  const others = Object.entries(lock.packages)
    .filter(([path]) => path !== '' && !(path in READ))
    .filter(([, { license }]) => license === undefined || !permissive(license))
    .map(([path, { version, license }]) => `${path}@${version}: ${license ?? 'none named'}`);
  expect(others).toEqual([]);
});

test('a licence that asks for more is found', () => {
  expect(permissive('GPL-3.0-only')).toBe(false);
  expect(permissive('(MIT AND GPL-2.0-only)')).toBe(false);
  expect(permissive('(MIT OR GPL-2.0-only)')).toBe(true);
});
