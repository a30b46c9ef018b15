// From a POST to the gateway until the outcome can be read: gateway, ingest, tracker as processes of their own on the real stack.
import { deliver, spread } from './load/deliver.ts';
import { councilCodes } from './load/events.ts';
import { options, print } from './load/options.ts';
import { withRig } from './load/rig.ts';

const asked = options(
  `node --import tsx bench/end-to-end.ts: milliseconds from when a batch is due to be sent until the outcome of a child
that nobody knew before it can be read (screened, enrolled, allocated, computed). Wanted: p99 under 5,000 at 1,000 events a second.`,
  { rate: { words: 'events a second', otherwise: 1_000 }, seconds: { words: 'of load', otherwise: 60 } },
);
const WARM_SECONDS = 5;
/** Children of the warming up are numbered from here, so that none is met again. */
const WARM_CHILDREN = 10_000_000;
const [council = ''] = councilCodes(1);

const report = await withRig([council], async ({ db, key, run }) => {
  const gateway = await run('gateway');
  await run('ingest');
  await run('tracker');
  const to = { url: gateway.payload.url, key, council };
  await deliver(db, to, { rate: asked.rate, seconds: WARM_SECONDS }, WARM_CHILDREN);
  const all = await deliver(db, to, asked);
  return {
    events: all.events,
    eventsASecond: all.eventsASecond,
    refused: all.refused,
    probes: all.visible.length + all.unseen,
    unseen: all.unseen,
    'answered, ms': spread(all.answered),
    'outcome visible, ms': spread(all.visible),
  };
});
print(report);
if (report.refused + report.unseen > 0) process.exitCode = 1;
