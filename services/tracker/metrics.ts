// What the tracker counts. A registry is passed in, so that a test reads its own figures and a process serves one page.
import { Counter, Gauge, Registry } from 'prom-client';

export function createTrackerMetrics(registry = new Registry()) {
  const registers = [registry];
  return {
    registry,
    signals: new Counter({
      name: 'waymark_tracker_signals_total',
      help: 'Coalesced signals delivered to workflows',
      labelNames: ['signal'],
      registers,
    }),
    screened: new Counter({
      name: 'waymark_tracker_outbox_rows_total',
      help: 'Outbox rows screened, signalled and acknowledged',
      registers,
    }),
    relayFailures: new Gauge({
      name: 'waymark_tracker_relay_failures',
      help: 'Rounds of the relay that failed in a row; 0 while it works',
      registers,
    }),
    activityFailures: new Counter({
      name: 'waymark_tracker_activity_failures_total',
      help: 'Attempts of activities that failed; Temporal tries again unless what was asked about is gone',
      labelNames: ['activity'],
      registers,
    }),
    recomputed: new Counter({
      name: 'waymark_tracker_participants_recomputed_total',
      help: 'Participants whose outcomes were computed again',
      registers,
    }),
    overdue: new Counter({
      name: 'waymark_tracker_overdue_reminders_total',
      help: 'Reminders that a milestone waits for a council beyond its due day and the grace',
      labelNames: ['evaluation'],
      registers,
    }),
  };
}

export type TrackerMetrics = ReturnType<typeof createTrackerMetrics>;
