// `waymark up | down | status | migrate`: the local stack, in the foreground until told to stop.
import type { Command } from 'commander';
import { down, status, up } from '../../infra/local/index.ts';
import { migrate } from '../platform/migrate.ts';
import { terminalProgress } from '../platform/progress.ts';
import { addressesOf, context, print } from './context.ts';

interface Json {
  json?: boolean;
}

async function runUp({ json }: Json): Promise<void> {
  const { config } = context('stack');
  const progress = terminalProgress();
  const stopping = new AbortController();
  const stopped = new Promise<null>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve(null), { once: true });
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  const stack = await up({ home: config.home, given: config.given, progress, signal: stopping.signal });
  try {
    await migrate(stack.addresses.databaseUrl, progress);
    const { databaseUrl: _, ...shown } = stack.addresses;
    print(json, { ...shown, seconds: stack.seconds }, () => [
      `Kafka ${shown.kafkaBrokers.join(', ')} · Temporal ${shown.temporalAddress}${shown.temporalUi ? ` (pages at ${shown.temporalUi})` : ''} · PostgreSQL ready`,
      'Press Ctrl-C to stop.',
    ]);
    const failure = await Promise.race([stopped, stack.failed]);
    if (failure) throw failure;
  } finally {
    await stack.stop();
  }
}

export function registerStack(program: Command): void {
  program
    .command('up')
    .description(
      'Start PostgreSQL, Kafka and Temporal here, bring the database up to date, and run until Ctrl-C',
    )
    .option('--json', 'print one JSON document')
    .action(runUp);
  program
    .command('down')
    .description('Stop the stack that `waymark up` or `npm start` runs')
    .option('--json', 'print one JSON document')
    .action(async ({ json }: Json) => {
      const report = await down(context('stack').config.home);
      print(json, report, () => [
        report.stopped.length > 0 ? `Stopped: ${report.stopped.join(', ')}` : 'Nothing was running.',
      ]);
    });
  program
    .command('status')
    .description('Say what runs, where, and whether it answers')
    .option('--json', 'print one JSON document')
    .action(async ({ json }: Json) => {
      const { home, given } = context('stack').config;
      const report = await status(home, given);
      print(json, report, () =>
        report.parts.map((part) => `${part.name.padEnd(10)} ${part.state.padEnd(9)} ${part.address ?? ''}`),
      );
    });
  program
    .command('migrate')
    .description('Bring the database up to date')
    .option('--json', 'print one JSON document')
    .action(async ({ json }: Json) => {
      const { databaseUrl } = await addressesOf(context('migrate').config);
      const { applied } = await migrate(databaseUrl);
      print(json, { applied }, () => [
        applied.length > 0 ? `Applied: ${applied.join(', ')}` : 'The database is up to date.',
      ]);
    });
}
