// Every process tells the store how it stands, so that one page can say it of all of them; who falls silent is seen to be silent.
import { hostname } from 'node:os';
import { z } from 'zod';
import type { Database } from './database.ts';
import type { Logger } from './log.ts';
import type { Unready } from './readiness.ts';
import { codeVersion } from './version.ts';
import { within } from './within.ts';

/** Milliseconds between two reports. */
export const REPORT_MS = 15_000;
const PATIENCE_MS = 5_000;

const At = z.string().transform((text) => new Date(text).toISOString());

/** A process by its own words. */
export const ProcessState = z.object({
  process: z.string(),
  /** Host and process number. */
  instance: z.string(),
  version: z.string(),
  startedAt: At,
  heardAt: At,
  missing: z.array(z.object({ part: z.string(), reason: z.string() })),
  /** What it alone can see, by name. */
  figures: z.record(z.string(), z.number()),
});
export type ProcessState = z.infer<typeof ProcessState>;

/** What a process can see and the store cannot, by name. */
export type Figures = () => Promise<Record<string, number>>;

/** Reports until it is stopped; a report that fails is made up for by the next. */
export function reportStanding(
  db: Database,
  { unready, figures, log }: { unready: () => Promise<Unready[]>; figures?: Figures; log: Logger },
): { stop(): Promise<void> } {
  const instance = `${hostname().slice(0, 150)}:${process.pid}`;
  const report = async (): Promise<void> => {
    const missing = (await unready()).map(({ part, reason }) => ({ part, reason: reason.slice(0, 500) }));
    // A figure that cannot be had is left out, and never the last one known.
    const known = figures ? await within(PATIENCE_MS, Promise.resolve().then(figures)).catch(() => ({})) : {};
    await db`select waymark.report_process(${instance}, ${codeVersion}, ${JSON.stringify(missing)}::text::jsonb,
      ${JSON.stringify(known)}::text::jsonb)`;
  };
  let last: Promise<void> = Promise.resolve();
  const again = (): void => {
    last = last
      .then(report)
      .catch((error: unknown) => log.debug({ err: error }, 'how it stands was not told'));
  };
  again();
  const clock = setInterval(again, REPORT_MS);
  clock.unref();
  return {
    async stop() {
      clearInterval(clock);
      await last;
      await db`select waymark.process_ended(${instance})`.catch(() => {});
    },
  };
}
