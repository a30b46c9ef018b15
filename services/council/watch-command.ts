// `waymark council watch`: whatever lands in a folder is converted into the spool and delivered, until stopped.
import { basename, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type ErrorReport, UserError } from '../platform/errors.ts';
import { reported } from './convert-options.ts';
import { ReportWriter } from './report.ts';
import { batchesOf, deliveryOf, holdForFeeds, type SendFlags } from './send-command.ts';
import { Spool } from './spool.ts';
import { stoppable } from './stopping.ts';
import { FolderWatch } from './watch.ts';

interface WatchFlags extends SendFlags {
  every: number;
  once?: boolean;
}

/** What one look at the folder led to: a line for the log, with pseudonyms and counts only. */
type WatchLine =
  | { converted: string[]; parcel: string; events: number; refused: number; quarantine: string[] }
  | { parcel: string; sent: number; accepted: number; rejected: number }
  | { error: ErrorReport };

export async function watch(folder: string, flags: WatchFlags): Promise<void> {
  for (const inner of [flags.quarantine, flags.spool]) {
    if (inner === undefined || resolve(inner) !== resolve(folder)) continue;
    throw new UserError(
      'folder-in-use',
      'The watched folder cannot also be the spool or the quarantine: what is put there would be sent again.',
      { field: 'folder' },
    );
  }
  const configured = await deliveryOf({ ...flags, json: true });
  const spool = await Spool.open(flags.spool);
  const stop = new AbortController();
  const end = () => stop.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  const watching = new FolderWatch(folder, join(flags.spool, 'read.json'));
  const say = (line: WatchLine) => process.stdout.write(`${JSON.stringify(line)}\n`);
  const delivery = { ...configured, signal: stop.signal };
  try {
    for (let looks = 0; !stop.signal.aborted; looks += 1) {
      try {
        await takeIn(watching, spool, flags, say, stop.signal);
        for await (const one of spool.deliver(delivery)) say({ ...one, rejected: one.rejected.length });
      } catch (error) {
        if (stop.signal.aborted) break;
        // An outage is waited out for as long as it lasts; a refused key needs a person.
        if (!(error instanceof UserError) || error.code !== 'gateway-unavailable') throw error;
        say({ error: error.report() });
      }
      if (flags.once && looks > 0) break;
      await pause(flags.once ? 50 : flags.every * 1_000, stop.signal);
    }
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
    await spool.close();
  }
}

/**
 * Puts what has landed into the spool. Files that landed together are one conversion; one that cannot be understood is
 * said once and left alone, and whatever else goes wrong (a full disk, a missing option) is tried again at the next look.
 */
async function takeIn(
  watching: FolderWatch,
  spool: Spool,
  flags: WatchFlags,
  say: (line: WatchLine) => void,
  signal: AbortSignal,
) {
  const landed = await watching.look();
  if (landed.length === 0) return;
  const paths = landed.map((one) => one.path);
  const writer = new ReportWriter(flags.council ?? '');
  const { report } = writer;
  try {
    const batches = stoppable(batchesOf(paths, { ...flags, json: true }, writer), signal);
    const parcel = await reported(flags, writer, () => spool.addBatches(batches));
    await holdForFeeds(spool, report);
    await watching.note(landed, parcel);
    const { events, refused, quarantine } = report;
    if (report.returns.length > 0)
      say({ converted: paths.map((path) => basename(path)), parcel, events, refused, quarantine });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say({ error: error.report() });
    const unread = error.code === 'cannot-read';
    const bad = unread ? [] : landed.filter((one) => basename(one.path) === error.place.file);
    await watching.note(bad, error.code);
    watching.forget(landed.filter((one) => !bad.includes(one)));
  }
}

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  setTimeout(milliseconds, undefined, { signal }).catch(() => {});
