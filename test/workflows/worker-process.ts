// A worker in a process of its own, to be killed. Its store is the test's: every question crosses to the parent.
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createActivities } from '../../services/tracker/activities.ts';
import { createTrackerMetrics } from '../../services/tracker/metrics.ts';
import type { TrackerStore } from '../../services/tracker/store.ts';
import { silentLog } from './environment.ts';

export interface Question {
  number: number;
  method: string;
  args: unknown[];
}

export interface Answer {
  number: number;
  value: unknown;
}

const [, , address = '', taskQueue = '', codePath = ''] = process.argv;
const waiting = new Map<number, (value: unknown) => void>();
let asked = 0;

process.on('message', ({ number, value }: Answer) => waiting.get(number)?.(value));

const ask = (method: string, args: unknown[]) =>
  new Promise((answer) => {
    waiting.set(++asked, answer);
    process.send?.({ number: asked, method, args } satisfies Question);
  });

const store = new Proxy({} as TrackerStore, {
  get:
    (_, method) =>
    (...args: unknown[]) =>
      ask(
        String(method),
        args.filter((arg) => typeof arg !== 'function'),
      ),
});

Runtime.install({ logger: new DefaultLogger('ERROR') });
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue,
  workflowBundle: { codePath },
  activities: createActivities(store, { look: async () => {} }, silentLog, createTrackerMetrics()),
});
process.send?.('ready');
await worker.run();
