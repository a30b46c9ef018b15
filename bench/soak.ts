// Minutes of steady load on the whole of Waymark, and whether memory and handles of each part stay flat.
import { deliver, spread } from './load/deliver.ts';
import { councilCodes } from './load/events.ts';
import { options, print } from './load/options.ts';
import { parts, type Taking } from './load/parts.ts';
import { withRig } from './load/rig.ts';

const asked = options(
  `node --import tsx bench/soak.ts: steady load on gateway, ingest, tracker and portal; memory and open handles of every part:
the median of each minute, and by how much an hour a line through them climbs once the first quarter, which is warming up, is over.`,
  { minutes: { words: 'of load', otherwise: 20 }, rate: { words: 'events a second', otherwise: 500 } },
);
const SAMPLE_MS = 2_000;
const NOTHING: Taking = { megabytes: 0, sharedMegabytes: 0, handles: 0, cpuSeconds: 0 };
const [council = ''] = councilCodes(1);

type Sample = { minute: number; taking: Record<string, Taking> };

const middle = (of: readonly number[]): number =>
  [...of].sort((a, b) => a - b)[Math.floor(of.length / 2)] ?? Number.NaN;

/** By how much a line of least squares through figures climbs from one to the next. */
function climb(figures: readonly number[]): number {
  const mean = (of: readonly number[]): number => of.reduce((sum, one) => sum + one, 0) / of.length;
  const [left, level] = [(figures.length - 1) / 2, mean(figures)];
  const over = figures.reduce((sum, _, at) => sum + (at - left) ** 2, 0);
  return figures.reduce((sum, one, at) => sum + (at - left) * (one - level), 0) / over;
}

/** The median of each whole minute, and how these climb in an hour after the first quarter, for each part. */
function byMinute(samples: readonly Sample[], of: (taking: Taking) => number) {
  const names = Object.keys(samples.at(-1)?.taking ?? {});
  return Object.fromEntries(
    names.map((name) => {
      const minutes = Array.from({ length: asked.minutes }, (_, minute) =>
        middle(samples.flatMap((one) => (one.minute === minute ? [of(one.taking[name] ?? NOTHING)] : []))),
      );
      const warm = minutes.slice(Math.floor(minutes.length / 4));
      return [
        name,
        {
          minutes: minutes.map(Math.round).join(' '),
          'climbs in an hour': Math.round(60 * climb(warm)),
        },
      ];
    }),
  );
}

const report = await withRig([council], async ({ db, key, run }) => {
  const gateway = await run('gateway');
  for (const process of ['ingest', 'tracker', 'portal']) await run(process);
  const samples: Sample[] = [];
  const began = performance.now();
  const sampling = setInterval(
    () =>
      void parts().then((taking) =>
        samples.push({ minute: Math.floor((performance.now() - began) / 60_000), taking }),
      ),
    SAMPLE_MS,
  );
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
    'memory without shared buffers, MB': byMinute(
      samples,
      ({ megabytes, sharedMegabytes }) => megabytes - sharedMegabytes,
    ),
    'shared buffers, MB': byMinute(samples, ({ sharedMegabytes }) => sharedMegabytes),
    handles: byMinute(samples, ({ handles }) => handles),
  };
});
print(report);
if (report.refused + report.unseen > 0 || report.sent !== report.stored) process.exitCode = 1;
