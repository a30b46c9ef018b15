// What can go wrong between Kafka and the ledger, as numbers an operator can alert on.
import { Counter, Histogram } from 'prom-client';
import type { Settled } from './settle.ts';

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
  count(settled: Settled): void {
    stored.inc(settled.stored);
    duplicates.inc(settled.duplicates);
    statements.inc(settled.statements);
    quarantined.inc(settled.quarantined.length);
  },
};
