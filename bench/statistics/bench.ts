// Cost of the statistics engine on tables in memory: node --import tsx bench/statistics/bench.ts [rows...] [--r-to rows]
// Where Rscript is installed with survival, sandwich and clubSandwich, the same tables are timed there up to --r-to rows
// (10,000 unless said: at 100,000 R takes minutes); the ratio is R's seconds over ours (R's logistic is without g-computation).
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Column, Table } from '../../services/statistics/data/table.ts';
import { estimate } from '../../services/statistics/estimate.ts';
import { random } from '../../services/statistics/random.ts';
import type { Spec } from '../../services/statistics/spec.ts';

const NAMES = ['x1', 'x2', 'x3', 'x4', 'x5', 'x6', 'x7', 'x8', 'x9', 'x10'];

function table(n: number): Table {
  const source = random(n);
  const columns = new Map<string, Column>();
  const numeric = (name: string, value: (i: number) => number): Float64Array => {
    const values = Float64Array.from({ length: n }, (_, i) => value(i));
    columns.set(name, { kind: 'numeric', name, values });
    return values;
  };
  const labels = (name: string, count: number, code: (i: number) => number): void => {
    columns.set(name, {
      kind: 'categorical',
      name,
      codes: Int32Array.from({ length: n }, (_, i) => code(i)),
      levels: Array.from({ length: count }, (_, i) => String(i)),
    });
  };
  const families = Math.ceil(n / 2.5);
  labels('family', families, (i) => Math.min(families - 1, Math.floor(i / 2.5)));
  labels('school', 20, (i) => i % 20);
  const arm = numeric('arm', () => (source.uniform() < 0.5 ? 1 : 0));
  const x = NAMES.map((name, k) =>
    numeric(name, () => (k < 5 ? source.normal() : source.uniform() < 0.3 ? 1 : 0)),
  );
  const y = numeric('y', (i) => 0.2 * arm[i]! + 0.3 * x[0]![i]! + source.normal());
  numeric('d', (i) => (source.uniform() < 1 / (1 + Math.exp(1 - y[i]! * 0.5)) ? 1 : 0));
  numeric('time', (i) => Math.ceil((-Math.log(source.uniform()) * 400) / Math.exp(0.2 * x[1]![i]!)));
  numeric('event', () => (source.uniform() < 0.3 ? 1 : 0));
  numeric('rare', (i) => (source.uniform() < 1 / (1 + Math.exp(1.5 - 0.4 * x[0]![i]!)) ? 1 : 0));
  return { n, columns };
}

function panel(units: number, periods: number): Table {
  const source = random(units);
  const n = units * periods;
  const first = Array.from({ length: units }, () => [0, 4, 6, 8, 10][source.below(5)]!);
  const column = (name: string, value: (i: number) => number): [string, Column] => [
    name,
    { kind: 'numeric', name, values: Float64Array.from({ length: n }, (_, i) => value(i)) },
  ];
  return {
    n,
    columns: new Map([
      column('unit', (i) => Math.floor(i / periods)),
      column('t', (i) => (i % periods) + 1),
      column('g', (i) => first[Math.floor(i / periods)]!),
      column('y', () => source.normal()),
    ]),
  };
}

/** Seconds by the clock, and of processor (the collector's threads among them): on a busy machine the clock says more. */
interface Cost {
  clock: number;
  processor: number;
}

const one = (spec: Partial<Spec> & { method: string }, data: Table): Cost => {
  const [start, busy] = [performance.now(), process.cpuUsage()];
  estimate({ level: 0.95, ...spec } as Spec, data);
  const { user, system } = process.cpuUsage(busy);
  return { clock: (performance.now() - start) / 1000, processor: (user + system) / 1e6 };
};
/** The least of some runs, each of the two by itself. */
const best = (spec: Partial<Spec> & { method: string }, data: Table, runs: number): Cost => {
  const costs = Array.from({ length: runs }, () => one(spec, data));
  return {
    clock: Math.min(...costs.map(({ clock }) => clock)),
    processor: Math.min(...costs.map(({ processor }) => processor)),
  };
};

const model = { arm: 'arm', treated: '1', covariates: NAMES };
const words = process.argv.slice(2);
const limit = words.indexOf('--r-to');
const rTo = limit < 0 ? 10_000 : Number(words[limit + 1]);
const asked = (limit < 0 ? words : words.toSpliced(limit, 2)).map(Number);

/** Seconds R takes for each question on the same rows; none where R or a package is missing. */
function inR(data: Table): Map<string, number> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-r-'));
  try {
    const columns = [...data.columns.values()];
    const lines = [columns.map(({ name }) => name).join(',')];
    for (let i = 0; i < data.n; i++)
      lines.push(columns.map((c) => (c.kind === 'numeric' ? c.values[i] : c.codes[i])).join(','));
    writeFileSync(join(folder, 'data.csv'), lines.join('\n'));
    const script = join(import.meta.dirname, 'in-r.R');
    const out = execFileSync('Rscript', [script, join(folder, 'data.csv')], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return new Map(
      out
        .trim()
        .split('\n')
        .map((line) => line.trim().split(' '))
        .map(([k, v]) => [k ?? '', Number(v)]),
    );
  } catch {
    return new Map();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const print = (n: number, question: string, { clock, processor }: Cost, r?: number): void =>
  console.log(
    `${String(n).padStart(8)}  ${question.padEnd(52)} ${clock.toFixed(3)} s, ${processor.toFixed(3)} s of processor${r === undefined ? '' : `   R ${r.toFixed(3)} s, ratio ${(r / clock).toFixed(1)}`}`,
  );
for (const n of asked.length > 0 ? asked.filter((rows) => rows > 0) : [10_000, 100_000, 1_000_000]) {
  const data = table(n);
  const runs = n > 200_000 ? 1 : 3;
  const r = n <= rTo ? inR(data) : new Map<string, number>();
  print(
    n,
    'logistic + CR1 + g-computation, by family',
    best({ method: 'g-computation', outcome: 'd', ...model, cluster: ['family'], vcov: 'CR1' }, data, runs),
    r.get('logistic'),
  );
  print(
    n,
    'robust Cox by family',
    best({ method: 'cox', time: 'time', event: 'event', ...model, cluster: ['family'] }, data, runs),
    r.get('cox'),
  );
  print(
    n,
    'CR2 linear by family, Satterthwaite',
    best({ method: 'linear', outcome: 'y', ...model, cluster: ['family'], vcov: 'CR2' }, data, runs),
    r.get('cr2'),
  );
  print(
    n,
    'Kaplan-Meier by arm',
    best({ method: 'kaplan-meier', time: 'time', event: 'event', arm: 'arm', at: [100, 365] }, data, runs),
    r.get('km'),
  );
}
if (asked.length === 0 || asked.includes(0)) {
  print(
    120_000,
    'nearest with caliper and balance',
    best(
      { method: 'propensity', arm: 'rare', covariates: NAMES, use: 'nearest', caliper: 0.2 },
      table(120_000),
      2,
    ),
  );
  print(
    360_000,
    "Callaway-Sant'Anna, 30,000 units x 12 periods",
    best({ method: 'did', outcome: 'y', unit: 'unit', time: 't', firstTreated: 'g' }, panel(30_000, 12), 2),
  );
  print(
    10_000,
    'wild bootstrap, 9,999 draws, 20 clusters',
    best(
      { method: 'wild-bootstrap', outcome: 'y', ...model, cluster: ['school'], draws: 9999 },
      table(10_000),
      1,
    ),
  );
}
console.log(
  `memory: ${(process.memoryUsage().rss / 1e9).toFixed(2)} GB resident at the end, ${(process.resourceUsage().maxRSS / 1e6).toFixed(2)} GB at most`,
);
