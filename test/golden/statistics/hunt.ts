// Compares the engine with references made elsewhere, and prints every value that is off:
// Rscript awkward.R 7 /tmp/seven && node --import tsx test/golden/statistics/hunt.ts /tmp/seven/ [more folders]
import { answerTo, cases, difference, valueAt } from '../../unit/statistics/golden.ts';

let off = 0;
let values = 0;
for (const folder of process.argv.slice(2))
  for (const { name, oracle, data, spec, expect, tolerance } of cases(folder)) {
    let answer: Awaited<ReturnType<typeof answerTo>>;
    try {
      answer = await answerTo(spec, data ?? null, folder);
    } catch (error) {
      off++;
      console.log(`${folder} ${name} (${oracle}): refused: ${error instanceof Error ? error.message : error}`);
      continue;
    }
    for (const [path, wanted] of Object.entries(expect)) {
      values++;
      const found = valueAt(answer, path);
      const by = difference(found, wanted);
      if (by <= tolerance) continue;
      off++;
      console.log(`${folder} ${name} (${oracle}) ${path}: ${found} for ${wanted}, off by ${by.toExponential(1)}`);
    }
  }
console.log(`${values} values, ${off} off`);
process.exitCode = off > 0 ? 1 : 0;
