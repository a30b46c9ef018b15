// `npm run hunt -- [rounds] [project] [part of a path ...]`: the property tests again and again, each round from another
// seed. Stops at the first round that fails, with the seed that repeats it; exit code 1.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const [rounds = '10', project = 'unit', ...parts] = process.argv.slice(2);
const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .map((file) => `test/${file}`)
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => readFileSync(file, 'utf8').includes("from 'fast-check'"))
  .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)));

for (let round = 1; round <= Number(rounds); round += 1) {
  const seed = Math.trunc(Math.random() * 2 ** 31);
  process.stderr.write(`round ${round} of ${rounds}, WAYMARK_TEST_SEED=${seed}\n`);
  const run = spawnSync('npx', ['vitest', 'run', '--reporter=dot', '--project', project, ...files], {
    env: { ...process.env, WAYMARK_TEST_SEED: String(seed) },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (run.status !== 0) {
    process.stderr.write(`failed: WAYMARK_TEST_SEED=${seed} repeats it\n`);
    process.exitCode = 1;
    break;
  }
}
