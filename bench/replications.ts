// How often the interval of each example's plan holds what was planted, over many simulated worlds. Each world has a seed of
// its own, so that any can be looked at as one evaluation is:
//   node --import tsx bench/replications.ts [worlds, 200 unless given] [example …]
//   npx waymark example run NAME --seed replication-7 --out FOLDER

import type { Protocol } from '../schemas/protocol.ts';
import { directSnapshot } from '../services/analysis/example/direct.ts';
import { exampleNames, readExample } from '../services/analysis/example/example.ts';
import { plantedFor } from '../services/analysis/example/planted.ts';
import { analyse } from '../services/analysis/plan/analyse.ts';
import { plannedEstimate } from '../services/analysis/plan/estimates.ts';
import { cohortOf } from '../services/simulator/cohort/cohort.ts';
import type { CohortSpec } from '../services/simulator/cohort/spec.ts';

/** The plan's one planned estimate, and nothing beside it. */
function headlineOf(protocol: Protocol): Protocol {
  const { primary, analysis } = protocol;
  return {
    ...protocol,
    horizons: [primary.horizon],
    outcomes: protocol.outcomes.filter(({ id }) => id === primary.outcome),
    ...(analysis && { analysis: { ...analysis, subgroups: [], sensitivity: [], negativeControls: [] } }),
  };
}

interface Found {
  planted: number;
  estimate: number;
  se: number;
  covered: boolean;
}

/** Every interval counts, whatever a gate would have said of its world. */
const everyGate = [
  'balance',
  'effective-sample-size',
  'differential-maturity',
  'regime-change',
  'pre-trend',
  'negative-controls',
].map((gate) => ({ gate, by: 'bench', reason: 'replication' }));

function worldOf(spec: CohortSpec, protocol: Protocol): Found | null {
  const cohort = cohortOf(spec, protocol);
  const snapshot = directSnapshot(cohort);
  const record = analyse(protocol, snapshot, everyGate, 'bench');
  const analysed = { cohort, snapshot, record };
  const { outcome, horizon } = protocol.primary;
  const planted = plantedFor(analysed, outcome, horizon);
  const row = plannedEstimate(record.results[0]?.estimates ?? [], 'risk-difference');
  if (!planted || row?.estimate == null || row.lower === null || row.upper === null) return null;
  return {
    planted: planted.difference,
    estimate: row.estimate,
    se: row.standardError ?? 0,
    covered: row.lower <= planted.difference && planted.difference <= row.upper,
  };
}

const points = (value: number): string => (100 * value).toFixed(2);

function rowOf(
  name: string,
  method: string,
  worlds: number,
  found: readonly Found[],
  seconds: number,
): string {
  const n = found.length;
  const mean = (of: (one: Found) => number) => found.reduce((sum, one) => sum + of(one), 0) / n;
  const error = mean(({ estimate, planted }) => estimate - planted);
  const sd = Math.sqrt(
    found.reduce((sum, one) => sum + (one.estimate - one.planted - error) ** 2, 0) / (n - 1),
  );
  const coverage = mean(({ covered }) => Number(covered));
  const margin = 1.96 * Math.sqrt((coverage * (1 - coverage)) / n);
  return `| ${name} | ${method} | ${n} of ${worlds} | ${points(mean(({ planted }) => planted))} | ${points(error)} | ${points(sd)} | ${points(mean(({ se }) => se))} | ${(100 * coverage).toFixed(1)}% (± ${(100 * margin).toFixed(1)}) | ${seconds.toFixed(1)} |`;
}

const [count = '200', ...names] = process.argv.slice(2);
const worlds = Number(count);
console.log(
  '| example | method | worlds with an interval | planted, points | mean error | SD of errors | mean standard error | intervals that hold it | s a world |',
);
console.log('|---|---|---|---|---|---|---|---|---|');
for (const name of names.length > 0 ? names : exampleNames) {
  const { spec, protocol, naive } = await readExample(name);
  for (const [label, plan] of [
    [name, protocol],
    ...(naive ? [[`${name}, naive`, naive] as const] : []),
  ] as const) {
    const began = performance.now();
    const found: Found[] = [];
    const row = (seen: number) =>
      rowOf(label, plan.analysis?.model.method ?? '', seen, found, (performance.now() - began) / 1000 / seen);
    for (let world = 1; world <= worlds; world++) {
      const one = worldOf({ ...spec, seed: `replication-${world}` }, headlineOf(plan));
      if (one) found.push(one);
      if (world % 20 === 0 && world < worlds) process.stderr.write(`${row(world)}\n`);
    }
    console.log(row(worlds));
  }
}
