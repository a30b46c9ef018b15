// <home>/stack.json says where the stack answers and who runs it; without a live owner nothing in it counts but the ports.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { StackAddresses } from '../../services/platform/addresses.ts';
import type { Config } from '../../services/platform/config.ts';
import { UserError } from '../../services/platform/errors.ts';
import type { Home } from './home.ts';
import { homeAt } from './home.ts';
import { ProcessIdentity } from './identity.ts';
import { lockHolder } from './lock.ts';
import { PART_NAMES } from './part.ts';
import { PORT_NAMES } from './ports.ts';

const StackFile = z.object({
  addresses: StackAddresses,
  ports: z.partialRecord(z.enum(PORT_NAMES), z.number().int()),
  provided: z.array(z.enum(PART_NAMES)),
  versions: z.record(z.string(), z.string()),
  namespace: z.string(),
  dataDir: z.string(),
  owner: ProcessIdentity,
});
export type StackFile = z.infer<typeof StackFile>;

/** What the last `up` wrote, alive or not; null when there was none. */
export function readStackFile(home: Home): StackFile | null {
  try {
    return StackFile.parse(JSON.parse(readFileSync(home.stackFile, 'utf8')));
  } catch {
    return null;
  }
}

/** Written readable by its owner only, because the database URL holds the password. */
export function writeStackFile(home: Home, stack: StackFile): void {
  const aside = `${home.stackFile}.new`;
  writeFileSync(aside, `${JSON.stringify(stack, null, 2)}\n`, { mode: 0o600 });
  renameSync(aside, home.stackFile);
}

/**
 * The addresses that a process other than `up` uses: those given in the environment, else the running stack's.
 * @throws UserError `stack-not-running` when one is needed and nothing runs in this home.
 */
export async function readAddresses(root: string, given: Config['given']): Promise<StackAddresses> {
  const home = homeAt(root);
  const stack = readStackFile(home);
  const running = stack && lockHolder(home)?.born === stack.owner.born ? stack.addresses : null;
  const databaseUrl = given.databaseUrl ?? running?.databaseUrl;
  const kafkaBrokers = given.kafkaBrokers ?? running?.kafkaBrokers;
  const temporalAddress = given.temporalAddress ?? running?.temporalAddress;
  if (!databaseUrl || !kafkaBrokers || !temporalAddress) {
    throw new UserError(
      'stack-not-running',
      `No stack is running in ${root}; start one with: npx waymark up`,
    );
  }
  const temporalUi = given.temporalAddress ? null : (running?.temporalUi ?? null);
  return { databaseUrl, kafkaBrokers, temporalAddress, temporalUi };
}
