// What can go wrong between Kafka and the ledger, as numbers an operator can alert on.
import { Counter, Histogram } from 'prom-client';
import type { Account } from './account.ts';

const received = new Counter({
  name: 'waymark_ingest_messages_total',
  help: 'Messages taken from Kafka, each once: stored + duplicates + statements + quarantined',
});
const stored = new Counter({
  name: 'waymark_ingest_events_stored_total',
  help: 'Case events new to the ledger',
});
const duplicates = new Counter({
  name: 'waymark_ingest_duplicates_total',
  help: 'Case events that were already in the ledger',
});
const quarantined = new Counter({
  name: 'waymark_ingest_quarantined_total',
  help: 'Messages that could not be understood',
});
const statements = new Counter({
  name: 'waymark_ingest_statements_total',
  help: 'Feed statements seen, once a partition',
});

export const ingestMetrics = {
  seconds: new Histogram({ name: 'waymark_ingest_batch_seconds', help: 'Seconds to settle one batch' }),
  count(account: Account): void {
    received.inc(account.received);
    stored.inc(account.stored);
    duplicates.inc(account.duplicates);
    statements.inc(account.statements);
    quarantined.inc(account.quarantined);
  },
};
