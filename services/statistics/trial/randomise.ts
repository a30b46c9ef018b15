// Allocation lists from a seed. Sources: permuted blocks: Zelen (1974); minimisation: Pocock and Simon (1975) Biometrics
// 31:103, with the range of arm counts and a biased coin; constrained: Moulton (2004) Clin. Trials 1:297; stepped wedge:
// Hussey and Hughes (2007).
import type { Answer } from '../answer.ts';
import { mean, type Vector, variance } from '../arrays.ts';
import type { Sample } from '../data/roles.ts';
import { labelsOf, numbersOf, type Table } from '../data/table.ts';
import { demand } from '../errors.ts';
import { type Random, random, shuffle, type Uniforms } from '../random.ts';
import type { Spec } from '../spec.ts';

interface Unit {
  id: string;
  strata: string[];
}

const SCHEMES = [
  'simple',
  'permuted-block',
  'stratified-block',
  'minimisation',
  'stepped-wedge',
  'constrained',
];

function unitsOf(spec: Spec, table: Table | null): Unit[] {
  const given = spec.units as unknown;
  if (typeof given === 'number' || typeof spec.n === 'number') {
    const count = typeof given === 'number' ? given : (spec.n as number);
    return Array.from({ length: count }, (_, i) => ({ id: String(i + 1), strata: [] }));
  }
  if (Array.isArray(given)) {
    return given.map((unit, i) => {
      if (typeof unit !== 'object' || unit === null) return { id: String(unit), strata: [] };
      const fields = unit as Record<string, unknown>;
      const named = spec.strata?.map((name) => String(fields[name] ?? ''));
      const own = fields.strata ?? fields.stratum;
      const strata = named ?? (own === undefined ? [] : Array.isArray(own) ? own.map(String) : [String(own)]);
      return { id: String(fields.id ?? i + 1), strata };
    });
  }
  demand(
    table,
    'missing-data',
    'give "units" in the specification or --data with "id" and "strata"',
    'units',
  );
  const ids = spec.id === undefined ? null : labelsOf(table, spec.id);
  const strata = (spec.strata ?? []).map((name) => labelsOf(table, name));
  return Array.from({ length: table.n }, (_, i) => ({
    id: ids ? (ids.levels[ids.codes[i] as number] ?? '') : String(i + 1),
    strata: strata.map((s) => s.levels[s.codes[i] as number] ?? ''),
  }));
}

/** Arms repeated by their share, one block. */
const blockOf = <Arm>(arms: readonly Arm[], size: number): Arm[] =>
  Array.from({ length: size }, (_, i) => arms[i % arms.length] as Arm);

/** A block of one of the sizes (multiples of the number of arms), in random order. */
export const drawBlock = <Arm>(arms: readonly Arm[], sizes: readonly number[], source: Uniforms): Arm[] =>
  shuffle(blockOf(arms, sizes[source.below(sizes.length)] ?? arms.length), source);

/**
 * The arm (its place among `arms` of them) of a unit that shares a factor's level with `counts[level]` units by arm:
 * with probability `certainty` one of those that leave the smallest total range, else one of the others.
 */
export function drawMinimised(
  counts: readonly (readonly number[])[],
  arms: number,
  certainty: number,
  source: Uniforms,
): number {
  const places = Array.from({ length: arms }, (_, arm) => arm);
  const imbalance = places.map((arm) => {
    let total = 0;
    for (const own of counts) {
      const after = own.map((c, a) => (a === arm ? c + 1 : c));
      total += Math.max(...after) - Math.min(...after);
    }
    return total;
  });
  const least = Math.min(...imbalance);
  const best = places.filter((a) => imbalance[a] === least);
  const others = places.filter((a) => imbalance[a] !== least);
  const pool = others.length === 0 || source.uniform() < certainty ? best : others;
  return pool[source.below(pool.length)] ?? 0;
}

function blocks(
  units: readonly Unit[],
  arms: readonly string[],
  sizes: readonly number[],
  source: Random,
  key: (unit: Unit) => string,
): string[] {
  const open = new Map<string, string[]>();
  return units.map((unit) => {
    const stratum = key(unit);
    let block = open.get(stratum) ?? [];
    if (block.length === 0) {
      block = drawBlock(arms, sizes, source);
      open.set(stratum, block);
    }
    return block.shift() ?? '';
  });
}

function minimised(
  units: readonly Unit[],
  arms: readonly string[],
  certainty: number,
  source: Random,
): string[] {
  const counts = new Map<string, number[]>();
  return units.map((unit) => {
    const keys = unit.strata.map((level, k) => `${k}:${level}`);
    const chosen = drawMinimised(
      keys.map((key) => counts.get(key) ?? arms.map(() => 0)),
      arms.length,
      certainty,
      source,
    );
    for (const key of keys) {
      const own = counts.get(key) ?? arms.map(() => 0);
      own[chosen] = (own[chosen] ?? 0) + 1;
      counts.set(key, own);
    }
    return arms[chosen] ?? '';
  });
}

/** One of the best-balanced share of many random halves, on standardised covariates. */
export function constrained(
  units: number,
  arms: readonly string[],
  covariates: readonly Vector[],
  keep: number,
  tries: number,
  source: Uniforms,
) {
  const columns = covariates.map((c) => {
    const centre = mean(c);
    const spread = Math.sqrt(variance(c)) || 1;
    return c.map((x) => (x - centre) / spread) as Vector;
  });
  const candidates = Array.from({ length: tries }, () => {
    const labels = shuffle(blockOf(arms, units), source);
    let score = 0;
    for (const c of columns) {
      const sums = arms.map(() => 0);
      const sizes = arms.map(() => 0);
      labels.forEach((label, i) => {
        const a = arms.indexOf(label);
        sums[a] = (sums[a] ?? 0) + (c[i] as number);
        sizes[a] = (sizes[a] ?? 0) + 1;
      });
      const means = sums.map((s, a) => s / (sizes[a] ?? 1));
      score += (Math.max(...means) - Math.min(...means)) ** 2;
    }
    return { labels, score };
  });
  candidates.sort((a, b) => a.score - b.score);
  const pool = Math.max(1, Math.floor(keep * tries));
  const chosen = candidates[source.below(pool)];
  return {
    labels: chosen?.labels ?? [],
    score: chosen?.score ?? 0,
    worst: candidates[pool - 1]?.score ?? 0,
    pool,
  };
}

export function randomise(spec: Spec, sample: Sample | null): Answer {
  const scheme = String(spec.scheme ?? spec.type ?? spec.design ?? 'simple');
  demand(SCHEMES.includes(scheme), 'bad-option', `"scheme" is one of ${SCHEMES.join(', ')}`, 'scheme');
  const arms = (spec.arms as string[] | undefined) ?? ['control', 'treated'];
  demand(arms.length >= 2, 'bad-option', '"arms" names two arms or more', 'arms');
  demand(
    spec.seed !== undefined,
    'missing-role',
    'give "seed": a list that cannot be remade cannot be checked',
    'seed',
  );
  const units = unitsOf(spec, sample?.table ?? null);
  demand(units.length > 0, 'no-rows', 'there are no units to allocate', 'units');
  demand(
    new Set(units.map((u) => u.id)).size === units.length,
    'duplicate-id',
    'two units share an id; each unit is allocated once',
    'id',
  );
  const source = random(spec.seed);
  const rawSizes = (spec.blockSizes ?? spec.blockSize ?? arms.length * 2) as number | number[];
  const sizes = Array.isArray(rawSizes) ? rawSizes : [rawSizes];
  demand(
    sizes.every((size) => size > 0 && size % arms.length === 0),
    'bad-option',
    `a block size is a multiple of the ${arms.length} arms`,
    'blockSize',
  );
  const extra: Record<string, unknown> = {};
  let labels: string[];
  if (scheme === 'simple') labels = units.map(() => arms[source.below(arms.length)] ?? '');
  else if (scheme === 'permuted-block') labels = blocks(units, arms, sizes, source, () => '');
  else if (scheme === 'stratified-block') {
    demand(
      units.some((u) => u.strata.length > 0),
      'missing-role',
      'stratified-block needs "strata"',
      'strata',
    );
    labels = blocks(units, arms, sizes, source, (unit) => JSON.stringify(unit.strata));
  } else if (scheme === 'minimisation') {
    demand(
      units.some((u) => u.strata.length > 0),
      'missing-role',
      'minimisation needs "strata": the factors to balance',
      'strata',
    );
    labels = minimised(units, arms, Number(spec.certainty ?? 0.8), source);
  } else if (scheme === 'stepped-wedge') {
    const steps = Number(spec.steps ?? Math.min(units.length, 4));
    demand(
      steps >= 1 && steps <= units.length,
      'bad-option',
      '"steps" lies from 1 to the number of clusters',
      'steps',
    );
    labels = shuffle(
      units.map((_, i) => String((i % steps) + 1)),
      source,
    );
    extra.steps = steps;
  } else {
    const names = spec.covariates ?? [];
    demand(
      sample && names.length > 0,
      'missing-role',
      'constrained needs --data and "covariates" to balance',
      'covariates',
    );
    const columns = names.map((name) => numbersOf(sample.table, name));
    const found = constrained(
      units.length,
      arms,
      columns,
      Number(spec.keep ?? 0.1),
      spec.draws ?? 10_000,
      source,
    );
    labels = found.labels;
    Object.assign(extra, { imbalance: found.score, imbalanceLimit: found.worst, candidatesKept: found.pool });
  }
  const key = scheme === 'stepped-wedge' ? 'step' : 'arm';
  const counts: Record<string, number> = {};
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return {
    method: 'randomise',
    n: units.length,
    warnings: [],
    scheme,
    seed: spec.seed,
    generator: 'sfc32',
    counts,
    ...extra,
    allocation: units.map((unit, i) => ({
      id: unit.id,
      [key]: scheme === 'stepped-wedge' ? Number(labels[i]) : (labels[i] ?? ''),
      ...(unit.strata.length > 0 ? { stratum: unit.strata.join(', ') } : {}),
    })),
  };
}
