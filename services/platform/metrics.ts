// Figures that are counted as things happen, and figures that are asked for when somebody looks. One that cannot be had is
// missing from the page, and never the last one known.
import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, type Registry } from 'prom-client';
import { codeVersion } from './version.ts';
import { within } from './within.ts';

const PATIENCE = 3_000;

export interface AskedGauge {
  name: string;
  help: string;
  labelNames?: string[];
  /** Milliseconds for which an answer is shown again. */
  freshFor?: number;
  /** One row for each set of labels. */
  ask: () => Promise<{ labels?: Record<string, string>; value: number }[]>;
}

/** The gauges of one process that are asked for at each scrape, and a counter of questions that failed. */
export function askedGauges(registry: Registry, gauges: readonly AskedGauge[]): void {
  const failures = new Counter({
    name: 'waymark_metric_failures_total',
    help: 'Questions behind a metric that failed; the metric is then missing',
    labelNames: ['metric'],
    registers: [registry],
  });
  for (const { name, help, labelNames = [], freshFor = 5_000, ask } of gauges) {
    let askedAt = Number.NEGATIVE_INFINITY;
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        if (performance.now() - askedAt < freshFor) return;
        askedAt = performance.now();
        try {
          const rows = await within(PATIENCE, ask());
          this.reset();
          for (const { labels = {}, value } of rows) this.set(labels, value);
        } catch {
          failures.inc({ metric: name });
          this.reset();
          // An unlabelled gauge would else show 0; no rule holds of a NaN.
          if (labelNames.length === 0) this.set(Number.NaN);
        }
      },
    });
  }
}

/** What every process shows: its version, memory, processor, event loop and garbage collection. */
export function processMetrics(registry: Registry, component: string): void {
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'waymark_build_info',
    help: 'Always 1; the labels say what runs',
    labelNames: ['component', 'version'],
    registers: [registry],
  }).set({ component, version: codeVersion }, 1);
}

/** Seconds to answer requests, by route (never by address) and status. Add it before the app listens. */
export function countRequests(app: FastifyInstance, registry: Registry): void {
  const seconds = new Histogram({
    name: 'waymark_http_request_seconds',
    help: 'Seconds to answer a request',
    labelNames: ['route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    // A stream lasts as long as its reader stays.
    if (String(reply.getHeader('content-type')).startsWith('text/event-stream')) return;
    const route = request.routeOptions.url ?? 'none';
    seconds.observe({ route, status: String(reply.statusCode) }, reply.elapsedTime / 1_000);
  });
}
