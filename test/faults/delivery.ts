// `node --import tsx test/faults/delivery.ts [events] [seed]`: the delivery of delivery.test.ts in any size, on a stack of its own,
// with every victim killed twice. Prints one JSON report; exit code 1 when the ledger is not exactly the source.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { up } from '../../infra/local/index.ts';
import { migrate } from '../../services/platform/migrate.ts';
import { terminalProgress } from '../../services/platform/progress.ts';
import { killedDelivery } from './killed-delivery.ts';

const events = Number(process.argv[2] ?? 200_000);
const seed = Number(process.argv[3] ?? 20_260);
const root = fileURLToPath(new URL('../../.waymark/', import.meta.url));
const cacheDir = join(root, 'cache');
const home = join(root, 'faults-delivery');
await rm(home, { recursive: true, force: true });
const stack = await up({
  home: join(root, 'faults'),
  cacheDir,
  given: {},
  progress: terminalProgress(),
  fresh: true,
});
try {
  const { databaseUrl, temporalAddress } = stack.addresses;
  await migrate(databaseUrl);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const report = await killedDelivery({
    events,
    seed,
    rounds: 2,
    databaseUrl,
    temporalAddress,
    home,
    cacheDir,
    say,
  });
  const equal =
    report.ledger.events === report.source.events && report.ledger.sha256 === report.source.sha256;
  process.stdout.write(`${JSON.stringify({ ...report, equal }, null, 2)}\n`);
  if (!equal) process.exitCode = 1;
} finally {
  await stack.stop();
  await rm(home, { recursive: true, force: true });
}
