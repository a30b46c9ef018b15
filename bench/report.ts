// `npm run bench -- [--quick] [--only a,b] [--write]`: the benchmarks one after another, their figures in one report. Each
// measures its alternatives in its own run, so ratios hold on whatever machine and beside whatever load this ran.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

interface Bench {
  words: string;
  full: string[];
  quick: string[];
}

const benches: Record<string, Bench> = {
  ingest: {
    words: 'Kafka to ledger, beside a bare COPY',
    full: ['--events', '500000'],
    quick: ['--events', '70000'],
  },
  connect: {
    words: 'Kafka to PostgreSQL, beside Kafka Connect with the Debezium JDBC sink',
    full: ['--events', '500000'],
    quick: ['--events', '70000'],
  },
  bulk: {
    words: 'A COPY into the ledger, and what its cost is made of',
    full: ['--rows', '400000'],
    quick: ['--rows', '40000'],
  },
  consumers: {
    words: 'One ingest process against three',
    full: ['--events', '300000'],
    quick: ['--events', '70000'],
  },
  'end-to-end': {
    words: 'From the gateway to the visible outcome',
    full: ['--seconds', '60'],
    quick: ['--seconds', '15'],
  },
  gateway: { words: 'Batches over HTTP into Kafka', full: ['--seconds', '12'], quick: ['--seconds', '4'] },
  tracing: {
    words: 'What traces of every batch cost',
    full: ['--events', '200000', '--seconds', '20'],
    quick: ['--events', '50000', '--seconds', '8'],
  },
  outcomes: {
    words: 'Outcomes of stored records',
    full: ['--participants', '100000,1000000'],
    quick: ['--participants', '10000'],
  },
  workflows: {
    words: 'Cohort workflows under a storm of changes',
    full: ['--cohorts', '500', '--rate', '2000', '--seconds', '60'],
    quick: ['--cohorts', '50', '--rate', '500', '--seconds', '10'],
  },
  convert: {
    words: 'Returns to case events',
    full: ['--records', '1000000'],
    quick: ['--records', '20000'],
  },
  england: { words: 'England, or a part of it', full: ['--events', '2000000'], quick: ['--events', '70000'] },
};

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(benches).join(',') },
    write: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  const lines = Object.entries(benches).map(([name, { words }]) => `  ${name.padEnd(12)}${words}`);
  process.stdout.write(
    `npm run bench -- [--quick] [--only a,b] [--json] [--write]\n\n${lines.join('\n')}\n\n--quick: small sizes, some minutes. --write: docs/bench.md and docs/bench.json. --json: one line instead of Markdown.\n`,
  );
  process.exit(0);
}
const names = values.only.split(',');
const unknown = names.find((name) => !(name in benches));
if (unknown) {
  process.stderr.write(`There is no benchmark ${unknown}: --help lists them.\n`);
  process.exit(2);
}

interface Run {
  name: string;
  day: string;
  words: string;
  command: string;
  exitCode: number;
  seconds: number;
  /** Of the machine over the last minute, when it began: what ran beside it. */
  load: number;
  figures: unknown;
}

/** The JSON that a program printed, its last line when there is more, or its words. */
function figuresOf(printed: string): unknown {
  for (const text of [printed, printed.trim().split('\n').at(-1) ?? '']) {
    try {
      return JSON.parse(text);
    } catch {
      // Not JSON: the next spelling, or the words themselves.
    }
  }
  return printed.trim();
}

async function run(name: string): Promise<Run> {
  const { words, full, quick } = benches[name] as Bench;
  const args = [`bench/${name}.ts`, ...(values.quick ? quick : full)];
  const load = Math.round(10 * (loadavg()[0] ?? 0)) / 10;
  process.stderr.write(`${name} …\n`);
  const began = performance.now();
  const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (some: string) => {
    printed += some;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return {
    name,
    day: new Date().toISOString().slice(0, 10),
    words,
    command: `node --import tsx ${args.join(' ')}`,
    exitCode: code ?? 1,
    seconds: Math.round((performance.now() - began) / 1_000),
    load,
    figures: figuresOf(printed),
  };
}

/** Every figure with the way to it. */
function leaves(value: unknown, path: string[] = []): [string, string][] {
  if (value === null || typeof value !== 'object') return [[path.join(' · '), String(value)]];
  return Object.entries(value).flatMap(([key, under]) => leaves(under, [...path, key]));
}

const tableOf = (figures: unknown): string =>
  typeof figures === 'string'
    ? `\`\`\`\n${figures}\n\`\`\``
    : `| | |\n|---|---:|\n${leaves(figures)
        .map(([path, figure]) => `| ${path} | ${figure} |`)
        .join('\n')}`;

/** Those of the kept report that are not run now, each of its own day. */
async function kept(): Promise<Run[]> {
  const text = await readFile(new URL('../docs/bench.json', import.meta.url), 'utf8').catch(() => '{}');
  const { runs = [] } = JSON.parse(text) as { runs?: Run[] };
  return runs.filter(({ name }) => !names.includes(name));
}

const runs: Run[] = values.write ? await kept() : [];
for (const name of names) runs.push(await run(name));
const order = Object.keys(benches);
runs.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
const machine = {
  processors: cpus().length,
  model: cpus()[0]?.model,
  memoryGB: Math.round(totalmem() / 1e9),
  node: process.version,
};
const report = { day: new Date().toISOString().slice(0, 10), quick: values.quick, machine, runs };
const page = `# Load

Made by \`npm run bench -- --write\`, with \`--only\` those of a day, the others staying as they were; do not edit. ${machine.processors} processors (${machine.model}), ${machine.memoryGB} GB, Node ${machine.node}; PostgreSQL,
Kafka, Temporal, Waymark's processes and the sender share them. *Load*: of the machine in the minute before, which tells how quiet it was; compare
ratios, which are of one run, before figures.${values.quick ? ' Sizes are small: start-up and warming weigh more than in a full run.' : ''} What to add when: [capacity.md](capacity.md).
${runs
  .map(
    (one) =>
      `\n## ${one.words}\n\n\`${one.command}\`: ${one.day}, ${one.seconds} s, load ${one.load}${one.exitCode === 0 ? '' : `, **ended with code ${one.exitCode}**`}\n\n${tableOf(one.figures)}\n`,
  )
  .join('')}`;
if (values.write) {
  await writeFile(new URL('../docs/bench.md', import.meta.url), page);
  await writeFile(new URL('../docs/bench.json', import.meta.url), `${JSON.stringify(report, null, 2)}\n`);
}
process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : page);
process.exitCode = runs.every(({ exitCode }) => exitCode === 0) ? 0 : 1;
