// `node --import tsx test/fuzz/api.ts [inputs] [seed]`: the requests of test/unit/gateway/fuzz.test.ts in any number. Prints how
// often each operation answered with which status; exit code 1 when an answer was not one that is documented.
import { fuzz } from '../unit/gateway/fuzzed-requests.ts';

const inputs = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
const began = performance.now();
try {
  const tried = await fuzz(inputs, seed, (done) => {
    if (done % 10_000 === 0) process.stderr.write(`${done.toLocaleString('en-GB')} inputs\n`);
  });
  for (const [name, times] of [...tried].sort())
    process.stdout.write(`${name}: ${times.toLocaleString('en-GB')}\n`);
  const total = [...tried.values()].reduce((sum, times) => sum + times, 0);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  process.stdout.write(
    `${total.toLocaleString('en-GB')} inputs, seed ${seed}, ${seconds} s, nothing found\n`,
  );
} catch (error) {
  process.stderr.write(`${error}\n`);
  process.exitCode = 1;
}
