// Every process answers for itself: what it counts is what the rules and the dashboard ask for, and it says when it is not ready.
import { describe, expect, it, onTestFinished } from 'vitest';
import { feedStatement, recordEvent } from '../../../services/council/case-event.ts';
import { pseudonymiser } from '../../../services/council/pseudonym.ts';
import { readOrMakeKey } from '../../../services/evaluations/allocation/secret.ts';
import { registerCouncils } from '../../../services/evaluations/register.ts';
import { createKey } from '../../../services/platform/access.ts';
import { connect } from '../../../services/platform/database.ts';
import { testDatabase } from '../../harness/database.ts';
import { expressions } from '../../harness/observability.ts';
import { type RunningProcess, surroundings } from '../../harness/processes.ts';
import { askedBy } from '../../harness/promql.ts';

const council = 'E09900001';
const names = pseudonymiser(new Uint8Array(32).fill(3));

/** What Prometheus adds to, or makes of, what it scrapes. */
const OF_PROMETHEUS = ['up', 'ALERTS'];
const LABELS_OF_PROMETHEUS = ['job', 'instance', 'le', 'alertname', 'alertstate'];

interface Page {
  /** Metrics by name, as rules name them; histograms in their parts. */
  names: Set<string>;
  /** Labels seen on each metric's samples. */
  labels: Map<string, Set<string>>;
  values: Map<string, number>;
}

async function scrape({ operations }: RunningProcess): Promise<Page> {
  const text = await (await fetch(`${operations}/metrics`)).text();
  const page: Page = { names: new Set(), labels: new Map(), values: new Map() };
  for (const [, name = '', type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm))
    for (const part of type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''])
      page.names.add(`${name}${part}`);
  for (const [, name = '', labels = '', value] of text.matchAll(/^([a-z]\w*)(?:\{(.*)\})? (\S+)$/gm)) {
    const known = page.labels.get(name) ?? new Set();
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.add(label);
    page.labels.set(name, known);
    page.values.set(`${name}{${labels}}`, Number(value));
  }
  return page;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 120_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const ready = async ({ operations }: RunningProcess) => {
  const answer = await fetch(`${operations}/readyz`);
  return { status: answer.status, body: await answer.json() };
};

describe('the running processes', () => {
  it('show every metric, and every label, that a rule or the dashboard asks for', async () => {
    const database = await testDatabase();
    const db = connect(database.databaseUrl, 2, 'observed-test');
    const { start, home } = await surroundings(database.databaseUrl);
    await registerCouncils(db, [{ code: council, name: 'Observed', dataSource: 'simulated' }]);
    await readOrMakeKey(`${home}/allocation.key`);
    const all = await Promise.all(
      [['gateway'], ['ingest'], ['tracker'], ['portal'], ['allocation', 'serve']].map((words) =>
        start(words),
      ),
    );
    // Runs before the processes are stopped, and waits for them: the database cannot go before they have.
    onTestFinished(async () => {
      await Promise.all(all.map((one) => one.stop()));
      await db.end();
      await database.drop();
    });
    const [gateway, ingest, tracker, portal] = all as [
      RunningProcess,
      RunningProcess,
      RunningProcess,
      RunningProcess,
    ];
    for (const one of all) {
      await until('it is ready', async () => (await ready(one)).status === 200);
      expect(await (await fetch(`${one.operations}/healthz`)).json()).toEqual({ status: 'ok' });
    }

    const key = await createKey(db, { label: 'observed', role: 'council', council });
    const post = (lines: string[], bearer = key) =>
      fetch(`${gateway.url}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/x-ndjson' },
        body: lines.join('\n'),
      });
    const statement = {
      council,
      child: names.child('one'),
      recordId: names.record('one', 'referral', 'a'),
      recordedAt: '2026-01-05T10:00:00Z',
    };
    const event = JSON.stringify(recordEvent(statement, 'referral', { date: '2026-01-04', source: '1A' }));
    const heard = JSON.stringify(
      feedStatement(council, '2026-03-01T00:00:00Z', { kinds: ['referral'], completeThrough: '2026-02-28' }),
    );
    expect((await post([event, event, heard])).status).toBe(202);
    expect((await post(['{}'])).status).toBe(422);
    expect((await post([event], 'wk_nobody')).status).toBe(401);
    await fetch(`${portal.url}/sign-in`);
    await db`insert into waymark.alert (kind, subject, message) values
      ('feed-silent', ${council}, 'x'), ('milestone-overdue', 'some/2026-01-01/6', 'x')`;

    const at = async (one: RunningProcess, sample: string) => (await scrape(one)).values.get(sample);
    await until('the messages are settled', async () => {
      const { values } = await scrape(ingest);
      const lag = [...values].filter(([sample]) => sample.startsWith('waymark_ingest_lag_messages{'));
      const settled = values.get('waymark_ingest_messages_total{}') === 10;
      return settled && lag.length === 8 && lag.every(([, waiting]) => waiting === 0);
    });
    expect(await at(ingest, 'waymark_ingest_events_stored_total{}')).toBe(1);
    expect(await at(ingest, 'waymark_ingest_duplicates_total{}')).toBe(1);
    expect(await at(gateway, 'waymark_gateway_lines_total{answer="refused"}')).toBe(1);
    expect(await at(gateway, 'waymark_gateway_refused_requests_total{code="unknown-key"}')).toBe(1);
    expect(await at(gateway, 'waymark_http_request_seconds_count{route="/v1/events",status="202"}')).toBe(1);
    expect(await at(portal, 'waymark_http_request_seconds_count{route="/sign-in",status="200"}')).toBe(1);
    await until('the council is heard and its feed followed', async () => {
      const { values } = await scrape(tracker);
      return (
        values.get('waymark_outbox_rows{}') === 0 &&
        (values.get('waymark_tracker_signals_total{signal="heard"}') ?? 0) > 0 &&
        (values.get('waymark_workflows_running{workflow="feed"}') ?? 0) > 0 &&
        values.get(`waymark_feed_silent{council="${council}"}`) === 1 &&
        values.get('waymark_workflows_stuck{}') === 0
      );
    });
    expect(await at(tracker, 'waymark_milestones_overdue{evaluation="some"}')).toBe(1);
    await until('each process has said how it stands, and what it alone sees', async () => {
      const said = await db<{ process: string; missing: string; figures: Record<string, number> }[]>`
        select process, missing::text, figures from waymark.process_report where missing = '[]' order by process`;
      const of = (process: string) => said.find((one) => one.process === process)?.figures;
      return said.length === 5 && of('ingest')?.lag === 0 && (of('tracker')?.['feed running'] ?? 0) > 0;
    });

    const pages = await Promise.all(all.map(scrape));
    const shown = new Set(pages.flatMap((page) => [...page.names]));
    for (const { where, expression } of expressions) {
      const { selectors, grouping } = askedBy(expression);
      for (const { metric, labels } of selectors) {
        if (OF_PROMETHEUS.includes(metric)) continue;
        expect(shown, `${where} asks for ${metric}`).toContain(metric);
        const samples = pages.flatMap((page) => (page.labels.has(metric) ? [page.labels.get(metric)] : []));
        if (samples.length === 0) continue;
        const known = [...samples.flatMap((each) => [...(each ?? [])]), ...LABELS_OF_PROMETHEUS];
        const wanted = selectors.length === 1 ? [...labels, ...grouping] : labels;
        expect(known, `${where} asks for labels of ${metric}`).toEqual(expect.arrayContaining(wanted));
      }
    }
    const failures = pages.flatMap(({ values }) =>
      [...values].filter(([sample]) => sample.startsWith('waymark_metric_failures_total')),
    );
    expect(failures).toEqual([]);
  });

  it('live without their parts and say which is missing and why', async () => {
    const database = await testDatabase();
    onTestFinished(() => database.drop());
    const { start } = await surroundings(database.databaseUrl);
    const tracker = await start(['tracker'], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect((await fetch(`${tracker.operations}/healthz`)).status).toBe(200);
    expect(await ready(tracker)).toEqual({
      status: 503,
      body: {
        status: 'not-ready',
        missing: [{ part: 'temporal', reason: 'Temporal does not answer at 127.0.0.1:1 yet' }],
      },
    });
    const { values } = await scrape(tracker);
    expect(values.get('waymark_workflows_stuck{}')).toBeNaN();
    expect(values.get('waymark_outbox_rows{}')).toBe(0);
    const db = connect(database.databaseUrl, 1, 'observed-test');
    onTestFinished(() => db.end());
    const reported = () => db<{ parts: string }[]>`
      select missing -> 0 ->> 'part' as parts from waymark.process_report where process = 'tracker'`;
    await until('it has said so', async () => (await reported())[0]?.parts === 'temporal');
    await tracker.stop();
    expect(await reported()).toEqual([]);

    // A store that is older than the code: its last migration has not been applied.
    const [last] = await db<{ name: string }[]>`
      delete from public.waymark_migration where name = (select max(name) from public.waymark_migration) returning name`;
    await db.end();
    const portal = await start(['portal']);
    expect(await ready(portal)).toEqual({
      status: 503,
      body: {
        status: 'not-ready',
        missing: [{ part: 'postgres', reason: `the database lacks ${last?.name}: run waymark migrate` }],
      },
    });
    await portal.stop();
  });
});
