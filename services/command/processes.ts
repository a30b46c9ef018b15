// `waymark gateway | ingest | tracker | portal`: each loads only what it runs.
import type { Command } from 'commander';
import { type ProcessName, runProcess, type Start } from './process.ts';

/** `waymark allocation serve` runs the allocation service, where a trial needs it. */
type Everyday = Exclude<ProcessName, 'allocation'>;

const processes: Record<Everyday, { words: string; load: () => Promise<{ start: Start }> }> = {
  gateway: {
    words: 'take events from councils over HTTP and put them into Kafka',
    load: () => import('./processes/gateway.ts'),
  },
  ingest: { words: 'carry events from Kafka into the ledger', load: () => import('./processes/ingest.ts') },
  tracker: {
    words: 'follow cohorts and milestones on Temporal',
    load: () => import('./processes/tracker.ts'),
  },
  portal: { words: 'serve the dashboards', load: () => import('./processes/portal.ts') },
};

/** The processes by name, in the order data flows. */
export const processNames = Object.keys(processes) as Everyday[];

export function registerProcesses(program: Command): void {
  for (const name of processNames) {
    const { words, load } = processes[name];
    program
      .command(name)
      .description(`Run the ${name}: ${words}`)
      .action(async () => runProcess(name, (await load()).start));
  }
}
