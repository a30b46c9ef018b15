// What can be known of the packages without asking anybody: none is a version that was published with malice in it or that is
// known to be vulnerable, each is what the lock's hash says, and only named ones run a script when they are installed.
// `npm run audit` asks the registry for what has been found since this list was written.
import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';

interface Locked {
  version?: string;
  resolved?: string;
  integrity?: string;
  hasInstallScript?: boolean;
  link?: boolean;
}
const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8'));
const { packages } = read('package-lock.json') as { packages: Record<string, Locked> };
const manifest = read('package.json') as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
};
const locked = Object.entries(packages)
  .filter(([path]) => path !== '')
  .map(([path, entry]) => ({ ...entry, name: path.slice(path.lastIndexOf('node_modules/') + 13) }));

/** Published with malice: by advisories and reports of 2018 to September 2025. */
const malicious: Record<string, string[]> = {
  'ansi-regex': ['6.2.1'],
  'ansi-styles': ['6.2.2'],
  backslash: ['0.2.1'],
  chalk: ['5.6.1'],
  'chalk-template': ['1.1.1'],
  coa: ['2.0.3', '2.0.4', '2.1.1', '2.1.3', '3.0.1', '3.1.3'],
  'color-convert': ['3.1.1'],
  'color-name': ['2.0.1'],
  debug: ['4.4.2'],
  'error-ex': ['1.3.3'],
  'eslint-scope': ['3.7.2'],
  'event-stream': ['3.3.6'],
  'flatmap-stream': ['0.1.1'],
  'is-arrayish': ['0.3.3'],
  'node-ipc': ['10.1.1', '10.1.2', '10.1.3', '11.0.0', '11.1.0'],
  rc: ['1.2.9', '1.3.9', '2.3.9'],
  'strip-ansi': ['7.1.1'],
  'supports-color': ['10.2.1'],
  'ua-parser-js': ['0.7.29', '0.8.0', '1.0.0'],
  'wrap-ansi': ['9.0.1'],
};

/** First versions of a line that mend a published vulnerability; the line below the first one is vulnerable whole. */
const mended: Record<string, { from: string[]; id: string }> = {
  braces: { from: ['3.0.3'], id: 'CVE-2024-4068' },
  'brace-expansion': { from: ['1.1.12', '2.0.2', '3.0.1', '4.0.1'], id: 'CVE-2025-5889' },
  cookie: { from: ['0.7.0'], id: 'CVE-2024-47764' },
  'cross-spawn': { from: ['6.0.6', '7.0.5'], id: 'CVE-2024-21538' },
  esbuild: { from: ['0.25.0'], id: 'GHSA-67mh-4wv8-2f99' },
  'find-my-way': { from: ['8.2.2', '9.0.1'], id: 'CVE-2024-45813' },
  json5: { from: ['1.0.2', '2.2.2'], id: 'CVE-2022-46175' },
  koa: { from: ['2.16.2', '3.0.1'], id: 'CVE-2025-54420' },
  micromatch: { from: ['4.0.8'], id: 'CVE-2024-4067' },
  minimist: { from: ['0.2.4', '1.2.6'], id: 'CVE-2021-44906' },
  nanoid: { from: ['3.3.8', '5.0.9'], id: 'CVE-2024-55565' },
  'path-to-regexp': { from: ['0.1.12', '1.9.0', '3.3.0', '6.3.0', '8.0.0'], id: 'CVE-2024-45296' },
  postcss: { from: ['8.4.31'], id: 'CVE-2023-44270' },
  protobufjs: { from: ['6.11.4', '7.2.5'], id: 'CVE-2023-36665' },
  rollup: { from: ['2.79.2', '3.29.5', '4.22.4'], id: 'CVE-2024-47068' },
  semver: { from: ['5.7.2', '6.3.1', '7.5.2'], id: 'CVE-2022-25883' },
  'serialize-javascript': { from: ['6.0.2'], id: 'CVE-2024-11831' },
  tar: { from: ['6.2.1'], id: 'CVE-2024-28863' },
  undici: { from: ['5.29.0', '6.21.2', '7.5.0'], id: 'CVE-2025-47279' },
  webpack: { from: ['5.94.0'], id: 'CVE-2024-43788' },
  ws: { from: ['5.2.4', '6.2.3', '7.5.10', '8.17.1'], id: 'CVE-2024-37890' },
};

const numbers = (version: string): number[] => version.split(/[-+]/)[0]?.split('.').map(Number) ?? [];

function isBelow(version: string, other: string): boolean {
  const [a, b] = [numbers(version), numbers(other)];
  const at = a.findIndex((part, index) => part !== b[index]);
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}

/** Vulnerable when it is below the first mended version of its own line, or of every line. */
function isVulnerable(version: string, from: readonly string[]): boolean {
  const own = from.find((mend) => numbers(mend)[0] === numbers(version)[0]);
  return isBelow(version, own ?? from.reduce((least, mend) => (isBelow(mend, least) ? mend : least)));
}

describe('no package of the lock', () => {
  it('was published with malice in it', () => {
    expect(locked.filter(({ name, version }) => malicious[name]?.includes(version ?? ''))).toEqual([]);
  });

  it('is a version with a vulnerability that was known when this was written', () => {
    const found = locked.flatMap(({ name, version }) => {
      const known = mended[name];
      return known && isVulnerable(version ?? '', known.from) ? [`${name}@${version}: ${known.id}`] : [];
    });
    expect(found).toEqual([]);
  });

  it('comes without a hash, or from a place of its own without TLS', () => {
    const loose = locked.filter(
      ({ link, integrity, resolved }) =>
        !link && (!/^sha512-/.test(integrity ?? '') || !/^https:\/\//.test(resolved ?? 'https://')),
    );
    expect(loose.map(({ name }) => name)).toEqual([]);
  });

  it('runs a script when it is installed, but for those that package.json names', () => {
    const scripts = [
      ...new Set(locked.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name)),
    ];
    expect(scripts.filter((name) => manifest.allowScripts[name] !== true && !REFUSED.includes(name))).toEqual(
      [],
    );
  });
});

/** They would, and are not let: `npm` asks for a yes that package.json does not give. */
const REFUSED = ['protobufjs', 'fsevents'];

test('what Waymark itself asks for is asked for by exact version', () => {
  const asked = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(asked.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

test('a vulnerable version is found', () => {
  expect(isVulnerable('8.17.0', ['5.2.4', '8.17.1'])).toBe(true);
  expect(isVulnerable('8.18.0', ['5.2.4', '8.17.1'])).toBe(false);
  expect(isVulnerable('5.2.3', ['5.2.4', '8.17.1'])).toBe(true);
  expect(isVulnerable('1.0.0', ['5.2.4', '8.17.1'])).toBe(true);
  expect(isVulnerable('9.0.0', ['5.2.4', '8.17.1'])).toBe(false);
});
