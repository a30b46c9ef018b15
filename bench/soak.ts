// Minutes of steady load on the whole of Waymark, and whether memory and handles of each part stay flat.
import { deliver, spread } from './load/deliver.ts';
import { councilCodes } from './load/events.ts';
import { options, print } from './load/options.ts';
import { parts, type Taking } from './load/parts.ts';
import { withRig } from './load/rig.ts';

const asked = options(
  `node --import tsx bench/soak.ts: steady load on gateway, ingest, tracker and portal; memory and open handles of every part,
the median of the second quarter of the time beside that of the last (the first quarter is warming up).`,
  { minutes: { words: 'of load', otherwise: 20 }, rate: { words: 'events a second', otherwise: 500 } },
);
const SAMPLE_MS = 2_000;
const [council = ''] = councilCodes(1);

const middle = (of: readonly number[]): number =>
  Math.round([...of].sort((a, b) => a - b)[Math.floor(of.length / 2)] ?? Number.NaN);

/** Medians of the second and of the last quarter, for each part. */
function flatness(samples: readonly Record<string, Taking>[], of: (taking: Taking) => number) {
  const quarter = Math.floor(samples.length / 4);
  const names = Object.keys(samples.at(-1) ?? {});
  const median = (some: readonly Record<string, Taking>[], name: string) =>
    middle(some.flatMap((one) => (one[name] ? [of(one[name])] : [])));
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        'second quarter': median(samples.slice(quarter, 2 * quarter), name),
        'last quarter': median(samples.slice(-quarter), name),
      },
    ]),
  );
}

const report = await withRig([council], async ({ db, key, run }) => {
  const gateway = await run('gateway');
  for (const process of ['ingest', 'tracker', 'portal']) await run(process);
  const samples: Record<string, Taking>[] = [];
  const sampling = setInterval(() => void parts().then((sample) => samples.push(sample)), SAMPLE_MS);
  const to = { url: gateway.payload.url, key, council };
  const all = await deliver(db, to, { rate: asked.rate, seconds: 60 * asked.minutes });
  clearInterval(sampling);
  const [stored] = await db<{ events: number }[]>`
    select count(*)::integer as events from waymark.case_event`;
  return {
    minutes: asked.minutes,
    eventsASecond: all.eventsASecond,
    sent: all.events,
    stored: stored?.events,
    refused: all.refused,
    unseen: all.unseen,
    'outcome visible, ms': spread(all.visible),
    'memory, MB': flatness(samples, ({ megabytes }) => megabytes),
    handles: flatness(samples, ({ handles }) => handles),
  };
});
print(report);
if (report.refused + report.unseen > 0 || report.sent !== report.stored) process.exitCode = 1;
