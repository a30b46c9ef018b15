// The allocation process: the one process that holds the key to the sealed seeds.
import { readFile } from 'node:fs/promises';
import { register } from 'prom-client';
import { buildAllocation } from '../../allocation/app.ts';
import { Allocator } from '../../evaluations/allocation/allocator.ts';
import { readKey } from '../../evaluations/allocation/secret.ts';
import { cachedHolders } from '../../platform/access.ts';
import { countRequests } from '../../platform/metrics.ts';
import type { Start } from '../process.ts';

export const start: Start = async ({ config, db, log }) => {
  const clock = () => new Date();
  const key = await readKey(config.allocationKeyFile);
  const { allocationTls: files } = config;
  const tls = files && {
    cert: await readFile(files.certFile, 'utf8'),
    key: await readFile(files.keyFile, 'utf8'),
  };
  const app = await buildAllocation({
    allocator: new Allocator(db, key, clock),
    holderOf: cachedHolders(db),
    log,
    clock,
    tls,
  });
  countRequests(app, register);
  const url = await app.listen({ host: config.host, port: config.allocationPort });
  return { url, stop: () => app.close() };
};
