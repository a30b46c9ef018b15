// `waymark council send`: returns are converted whole into the spool, and the spool is delivered.
import { UserError } from '../platform/errors.ts';
import { type Outgoing, outgoing } from './case-event.ts';
import { convertBatches } from './convert.ts';
import { toStandardOutput } from './convert-command.ts';
import { type ConversionFlags, conversionOptions, progressOf, reported, tell } from './convert-options.ts';
import { readApiKey } from './key-file.ts';
import { readMessages } from './message-file.ts';
import { type ConversionReport, ReportWriter } from './report.ts';
import type { SendOptions } from './send.ts';
import { identify } from './source-files.ts';
import { type Receipt, Spool } from './spool.ts';
import { stoppable, untilStopped } from './stopping.ts';
import { fetchTrusting, readAuthorities } from './trust.ts';

export interface SendFlags extends Omit<ConversionFlags, 'council'> {
  council?: string;
  gateway?: string;
  apiKeyFile?: string;
  batchLines: number;
  patience: number;
  spool: string;
  allowHttp?: boolean;
  caFile?: string;
}

const missing = (option: string, why: string): UserError =>
  new UserError('missing-option', `${why}: give --${option}.`, { field: option });

/** Row-level data crosses a network only encrypted; a gateway on the same machine may be plain. */
function checkGateway(gateway: string, allowHttp: boolean): void {
  let address: URL;
  try {
    address = new URL(gateway);
  } catch {
    throw new UserError(
      'bad-gateway-address',
      'The gateway must be an address such as https://waymark.example.org.',
      {
        field: 'gateway',
      },
    );
  }
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(address.hostname);
  if (address.protocol === 'https:' || (address.protocol === 'http:' && (local || allowHttp))) return;
  throw new UserError(
    'insecure-gateway',
    'The gateway must be reached by https: records are never sent in the clear.',
    {
      field: 'gateway',
    },
  );
}

async function* batched(path: string): AsyncGenerator<readonly Outgoing[]> {
  for await (const message of readMessages(path)) yield [outgoing(message)];
}

/** Converts returns, or passes converted messages on: whole, before anything leaves. */
export async function* batchesOf(
  files: readonly string[],
  flags: SendFlags,
  writer: ReportWriter,
): AsyncGenerator<readonly Outgoing[]> {
  const returns: string[] = [];
  const converted: string[] = [];
  for (const path of files) ((await identify(path)).format === 'messages' ? converted : returns).push(path);
  if (returns.length > 0) {
    const { council } = flags;
    if (council === undefined) throw missing('council', 'Returns are converted before they are sent');
    yield* convertBatches(await conversionOptions(returns, { ...flags, council }, writer));
  }
  for (const path of converted) yield* batched(path);
}

/** How to deliver, as the options say. */
export async function deliveryOf(flags: SendFlags): Promise<Omit<SendOptions, 'messages'>> {
  const { gateway, apiKeyFile, caFile } = flags;
  if (gateway === undefined) throw missing('gateway', 'Where to send to is not said');
  if (apiKeyFile === undefined) throw missing('api-key-file', 'The gateway asks for the key of this council');
  checkGateway(gateway, flags.allowHttp === true);
  return {
    gateway,
    apiKey: await readApiKey(apiKeyFile),
    ...(caFile !== undefined && { fetch: fetchTrusting(await readAuthorities(caFile)) }),
    batchLines: flags.batchLines,
    patience: flags.patience * 1_000,
    progress: progressOf(flags),
  };
}

/**
 * A whole return of a later day says again what this one had refused; a daily feed does not, so its day, and so every
 * later day, is not complete until somebody has seen to it (`--forget-refused`).
 */
export async function holdForFeeds(spool: Spool, report: ConversionReport): Promise<void> {
  for (const { format, files, withheld } of report.returns)
    if (format === 'daily-feed' && withheld.length > 0)
      await spool.holdFor(`records refused of ${files.join(', ')}`);
}

const STOPPED =
  'what the gateway has not accepted waits in the spool, and waymark council send without files goes on with it. A return that was still being read is not in it: send it again.';

export async function send(
  files: string[],
  flags: SendFlags & { dryRun?: boolean; forgetRefused?: boolean },
): Promise<void> {
  const writer = new ReportWriter(flags.council ?? '');
  // Exactly the lines that would leave, and no connection is made.
  if (flags.dryRun) return toStandardOutput(batchesOf(files, flags, writer));
  const delivery = await deliveryOf(flags);
  const spool = await Spool.open(flags.spool);
  const receipts: Receipt[] = [];
  try {
    await untilStopped(STOPPED, async (signal) => {
      if (flags.forgetRefused) await spool.forgetRefused();
      if (files.length > 0) {
        const batches = stoppable(batchesOf(files, flags, writer), signal);
        await reported(flags, writer, () => spool.addBatches(batches));
        await holdForFeeds(spool, writer.report);
      }
      for await (const receipt of spool.deliver({ ...delivery, signal })) receipts.push(receipt);
    });
  } finally {
    await spool.close();
  }
  const all = sumOf(receipts);
  tell(flags, { receipts: all, report: files.length > 0 ? writer.report : null }, receiptWords(all));
  if (all.rejected.length + all.held.length > 0) process.exitCode = 1;
}

const sumOf = (receipts: readonly Receipt[]) => ({
  parcels: receipts.length,
  sent: receipts.reduce((sum, one) => sum + one.sent, 0),
  accepted: receipts.reduce((sum, one) => sum + one.accepted, 0),
  rejected: receipts.flatMap((one) => one.rejected),
  held: receipts.flatMap((one) => one.held),
});

function receiptWords(receipts: ReturnType<typeof sumOf>): string {
  const lines = [
    `${receipts.sent.toLocaleString('en-GB')} messages sent, ${receipts.accepted.toLocaleString('en-GB')} accepted, ${receipts.rejected.length} rejected`,
  ];
  for (const one of receipts.rejected.slice(0, 10)) {
    lines.push(`  message ${one.line}: ${one.code}${one.field ? `, ${one.field}` : ''} ${one.reason}`);
  }
  if (receipts.held.length > 0) {
    lines.push(
      `${receipts.held.length} statements that the feed is complete were held back: mend the rejected messages and send again (docs/delivery.md)`,
    );
  }
  return lines.join('\n');
}
