// The allocation process: the one process that holds the key to the sealed seeds.
import { readFile } from 'node:fs/promises';
import { register } from 'prom-client';
import { buildAllocation } from '../../allocation/app.ts';
import { notingUse } from '../../audit/key-use.ts';
import { Allocator } from '../../evaluations/allocation/allocator.ts';
import { readKey } from '../../evaluations/allocation/secret.ts';
import { cachedHolders } from '../../platform/access.ts';
import { UserError } from '../../platform/errors.ts';
import { countRequests } from '../../platform/metrics.ts';
import type { Start } from '../process.ts';

async function pem(file: string, field: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const sentence = `The file ${file} cannot be read: ${(error as Error).message}.`;
    throw new UserError('unreadable-file', sentence, { file, field });
  }
}

export const start: Start = async ({ config, db, log }) => {
  const clock = () => new Date();
  const key = await readKey(config.allocationKeyFile);
  const { allocationTls: files } = config;
  const tls = files && {
    cert: await pem(files.certFile, 'WAYMARK_ALLOCATION_TLS_CERT'),
    key: await pem(files.keyFile, 'WAYMARK_ALLOCATION_TLS_KEY'),
  };
  const app = await buildAllocation({
    allocator: new Allocator(db, key, clock),
    holderOf: notingUse(db, 'allocation', cachedHolders(db)),
    log,
    clock,
    tls,
  });
  countRequests(app, register);
  const url = await app.listen({ host: config.host, port: config.allocationPort });
  return { url, stop: () => app.close() };
};
