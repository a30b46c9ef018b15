// 1,000,000 simulated assignments by each scheme: balance, and how often the best simple guesser is right, beside theory.
//   node --import tsx bench/allocation.ts [assignments]
import { createHash } from 'node:crypto';
import { blockedGuessTheory, simulate } from '../test/harness/allocation-simulation.ts';

const assignments = Number(process.argv[2] ?? 1_000_000);
const seed = createHash('sha256').update('waymark bench').digest();
const theory = {
  simple: 0.5,
  'permuted-block': blockedGuessTheory([4, 6, 8]),
  // A guesser who knows the better arm is right with the coin's chance at most.
  minimisation: 0.8,
};
const rows = (['simple', 'permuted-block', 'minimisation'] as const).map((kind) => {
  const started = performance.now();
  const found = simulate(kind, assignments, seed);
  const seconds = (performance.now() - started) / 1_000;
  return {
    scheme: kind,
    assignments,
    trialShare: found.trial / assignments,
    z: (found.trial - assignments / 2) / Math.sqrt(assignments / 4),
    largestImbalance: found.largestImbalance,
    guessed: found.guessed,
    theory: theory[kind],
    guessedLast: found.guessedLast,
    guessedOpposite: found.guessedOpposite,
    perSecond: Math.round(assignments / seconds),
  };
});
console.table(rows);
// A guesser whose score lies five standard errors above theory has found a leak.
const limit = (5 * 0.5) / Math.sqrt(assignments);
const leaks = rows.filter((row) => row.guessed > row.theory + limit);
for (const { scheme } of leaks) console.error(`${scheme} is guessed better than theory allows`);
process.exitCode = leaks.length > 0 ? 1 : 0;
