// Nothing is lost and nothing doubled when the sender, the gateway and Kafka die in turn. With more events:
// `node --import tsx test/faults/delivery.ts 200000`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject, it, onTestFinished } from 'vitest';
import { testDatabase } from '../harness/database.ts';
import { killedDelivery } from './killed-delivery.ts';

const CACHE = fileURLToPath(new URL('../../.waymark/cache', import.meta.url));

it('a delivery ends exactly equal in the ledger after kill -9 of send, gateway and Kafka in turn', async () => {
  const database = await testDatabase();
  const home = await mkdtemp(join(tmpdir(), 'waymark-delivery-'));
  onTestFinished(async () => {
    await rm(home, { recursive: true, force: true });
    await database.drop();
  });
  const { databaseUrl } = database;
  const { temporalAddress } = inject('stack');
  const report = await killedDelivery({
    events: 20_000,
    seed: 20_260,
    rounds: 1,
    databaseUrl,
    temporalAddress,
    home,
    cacheDir: CACHE,
  });
  expect(report.kills.map(({ victim }) => victim)).toEqual(['send', 'gateway', 'kafka']);
  expect(report.kills.every(({ at }) => at < 20_000)).toBe(true);
  expect(report.source.events).toBe(20_000);
  expect(report.ledger).toEqual(report.source);
  expect(report.quarantined).toBe(0);
});
