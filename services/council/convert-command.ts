// `waymark council convert` and `purge`: files in, files out; nothing is sent.
import { basename } from 'node:path';
import { Instant } from '../../schemas/calendar.ts';
import { UserError } from '../platform/errors.ts';
import { purgeAll } from './against-last.ts';
import type { Outgoing } from './case-event.ts';
import { convertBatches } from './convert.ts';
import { type ConversionFlags, conversionOptions, reported, tell } from './convert-options.ts';
import { writeBatches, writeMessages } from './message-file.ts';
import { ReportWriter } from './report.ts';
import { reportWords } from './report-words.ts';
import { stoppable, untilStopped } from './stopping.ts';

/** Writes lines to standard output, at the pace at which they are read there. */
export async function toStandardOutput(batches: AsyncIterable<readonly Outgoing[]>): Promise<void> {
  for await (const batch of batches) {
    if (batch.length === 0 || process.stdout.write(`${batch.map(({ line }) => line).join('\n')}\n`)) continue;
    await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
}

async function writeTo(out: string | undefined, batches: AsyncIterable<readonly Outgoing[]>): Promise<void> {
  if (out === '-') return toStandardOutput(batches);
  if (out !== undefined) await writeBatches(out, batches);
  else {
    for await (const _ of batches) {
      // Without a place to write to, the returns are read and reported only.
    }
  }
}

export async function convert(files: string[], flags: ConversionFlags & { out?: string }): Promise<void> {
  const writer = new ReportWriter(flags.council);
  const { report } = writer;
  await untilStopped('nothing was written; convert the return again.', async (signal) => {
    const batches = stoppable(convertBatches(await conversionOptions(files, flags, writer)), signal);
    await reported(flags, writer, () => writeTo(flags.out, batches));
  });
  if (flags.out === '-') {
    process.stderr.write(`${flags.json ? JSON.stringify(report) : reportWords(report)}\n`);
    return;
  }
  tell(flags, report, reportWords(report));
}

export async function purge(
  files: string[],
  flags: { out: string; recordedAt?: string; json?: boolean },
): Promise<void> {
  const recordedAt = flags.recordedAt ?? new Date().toISOString();
  if (!Instant.safeParse(recordedAt).success) {
    throw new UserError('bad-recorded-at', 'The time must be written as 2026-04-01T06:00:00Z.', {
      field: 'recorded-at',
    });
  }
  const purges = await writeMessages(flags.out, purgeAll(files, recordedAt));
  tell(
    flags,
    { purges, out: basename(flags.out) },
    `${purges.toLocaleString('en-GB')} purges: send them with waymark council send.`,
  );
}
