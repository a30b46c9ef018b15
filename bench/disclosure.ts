// Disclosure control: how long a national table takes, and what an attacker finds with and without memory.
// node --import tsx bench/disclosure.ts [sequences]
import type { DisclosurePolicy } from '../schemas/disclosure.ts';
import { attack } from '../services/disclosure/attack.ts';
import { type FrequencyTable, tabulate, treeDimension } from '../services/disclosure/frequency-table.ts';
import { review, type SeenCell } from '../services/disclosure/memory.ts';
import { policyNamed } from '../services/disclosure/policies.ts';
import { protectTable } from '../services/disclosure/protect-table.ts';
import { askFor, population, tables } from '../test/unit/disclosure/attack-suite.ts';

const SEED = 20_261_125;
function policy(id: string): DisclosurePolicy {
  const found = policyNamed(id);
  if (!found) throw new Error(`no policy ${id}`);
  return found;
}
const dfe = policy('dfe-children-in-need');

/** Uniform numbers from 0 to 1 by a 32-bit counter and multiplications (splitmix32). */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** 150 councils of unlike sizes, 3 years, 6 categories of unlike frequency: simulated. */
function nationalTable(random: () => number): FrequencyTable {
  const labels = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name} ${n + 1}`);
  const dimensions = [
    treeDimension('council', labels('council', 150), new Map()),
    treeDimension('year', labels('year', 3), new Map()),
    treeDimension('category', labels('category', 6), new Map()),
  ];
  const frequency = [0.45, 0.25, 0.15, 0.1, 0.04, 0.01];
  const leaves: { nodes: number[]; count: number }[] = [];
  for (let council = 1; council <= 150; council++) {
    const size = 60 * Math.exp(2 * random());
    for (let year = 1; year <= 3; year++) {
      frequency.forEach((share, at) => {
        const count = Math.round(size * share * (0.5 + random()));
        leaves.push({ nodes: [council, year, at + 1], count });
      });
    }
  }
  return tabulate(dimensions, leaves);
}

/** The alternative: wherever a category is small, the whole block of that council is hidden, totals of the block shown. */
function wholeBlocks(table: FrequencyTable): number {
  const perCouncil = 4 * 7;
  let hidden = 0;
  for (let at = perCouncil; at < table.counts.length; at += perCouncil) {
    const block = table.counts.slice(at, at + perCouncil);
    if (block.some((count) => count > 0 && count < 6)) hidden += block.length - 1;
  }
  return hidden;
}

function timeTable(random: () => number): void {
  const table = nationalTable(random);
  const began = performance.now();
  const result = protectTable(table, dfe);
  const seconds = (performance.now() - began) / 1000;
  const hidden = result.primary.length + result.complementary.length;
  console.log(`150 councils x 3 years x 6 categories, ${table.counts.length} cells with margins (simulated)`);
  console.log(
    `  ${seconds.toFixed(2)} s; ${result.primary.length} sensitive, ${result.complementary.length} more hidden`,
  );
  console.log(`  hidden leaves hold ${(100 * result.informationLoss).toFixed(1)}% of the children`);
  console.log(
    `  hiding a council's whole block instead: ${wholeBlocks(table)} cells, ${(wholeBlocks(table) / hidden).toFixed(1)} times as many`,
  );
}

interface Tally {
  sequences: number;
  tables: number;
  hidden: number;
  recovered: number;
  narrowed: number;
}

/** Follows one random sequence of tables of one random population; counts what an attacker works out at its end. */
async function followSequence(random: () => number, withMemory: boolean, tally: Tally): Promise<void> {
  const truth = Array.from({ length: 6 }, () => Math.floor(random() * random() * 40));
  const length = 2 + Math.floor(random() * 5);
  let seen: SeenCell[] = [];
  for (let n = 0; n < length; n++) {
    const asked = askFor(truth, tables[Math.floor(random() * tables.length)] ?? []);
    const verdict = await review(population, withMemory ? seen : [], asked, dfe);
    tally.tables += 1;
    if (verdict.decision === 'refuse') continue;
    seen = [...seen, ...asked.map(({ region }, at) => ({ region, shown: verdict.shown[at] ?? null }))];
  }
  const nodes = seen.map(({ region }) => population.nodesOf(region));
  const told = new Set(seen.flatMap(({ shown }, at) => (shown === null ? [] : [nodes[at]?.join(' ')])));
  const secret = seen.flatMap(({ shown }, at) =>
    shown === null && !told.has(nodes[at]?.join(' ')) ? [at] : [],
  );
  const { leafCount, leaves } = population.finest(nodes);
  const leavesOf = (at: number) => leaves[at] ?? new Int32Array();
  const statements = seen.flatMap(({ shown }, at) =>
    shown !== null
      ? [{ leaves: leavesOf(at), low: shown, high: shown }]
      : secret.includes(at)
        ? [{ leaves: leavesOf(at), low: 1, high: Number.POSITIVE_INFINITY }]
        : [],
  );
  const bounds = await attack(leafCount, statements, secret.map(leavesOf));
  tally.sequences += 1;
  tally.hidden += bounds.length;
  tally.recovered += bounds.filter(({ low, high }) => low === high).length;
  tally.narrowed += bounds.filter(({ low, high }) => high - low < dfe.threshold).length;
}

timeTable(uniform(SEED));
const sequences = Number(process.argv[2] ?? 300);
for (const withMemory of [false, true]) {
  const tally: Tally = { sequences: 0, tables: 0, hidden: 0, recovered: 0, narrowed: 0 };
  const random = uniform(SEED);
  const began = performance.now();
  for (let n = 0; n < sequences; n++) await followSequence(random, withMemory, tally);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(
    `${withMemory ? 'with memory' : 'each table by itself'}: ${tally.sequences} random sequences, ${tally.tables} tables, ${tally.hidden} hidden numbers; ` +
      `worked out ${tally.recovered}, narrowed below the policy ${tally.narrowed} (${seconds} s)`,
  );
}
