// Attacks on everything that readers of an evaluation meet: random populations in waves and councils, random sequences of looks
// at live numbers, releases that replace one another, and tables by wave and by council at 6, 12 and 18 months; an adversary
// keeps it all. node --import tsx bench/chain-disclosure.ts [sequences] [seed] [together|apart]
import { attackEverything, follow, type Memory, uniform } from '../test/unit/disclosure/chain-suite.ts';

const THRESHOLD = 6;
const sequences = Number(process.argv[2] ?? 200);
const seed = Number(process.argv[3] ?? 20_261_127);
const memories = (process.argv[4] ? [process.argv[4]] : ['apart', 'together']) as Memory[];

for (const memory of memories) {
  const random = uniform(seed);
  const began = performance.now();
  const tally = { panels: 0, tables: 0, refusedPanels: 0, refusedTables: 0 };
  const found: Record<string, number> = {};
  for (let n = 0; n < sequences; n++) {
    const evaluation = await follow(random, THRESHOLD, memory);
    tally.panels += evaluation.panels.length;
    tally.tables += evaluation.tables.length;
    tally.refusedPanels += evaluation.refused.panels;
    tally.refusedTables += evaluation.refused.tables;
    const one = await attackEverything(evaluation, THRESHOLD);
    for (const [key, count] of Object.entries(one)) found[key] = (found[key] ?? 0) + count;
    if (n % 20 === 19) process.stderr.write(`\r${n + 1} of ${sequences}`);
  }
  process.stderr.write('\r');
  const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
  console.log(JSON.stringify({ memory, sequences, seed, ...tally, ...found, seconds }));
}
