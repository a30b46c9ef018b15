// What each page of the portal weighs and when it is first drawn, in a real Chromium with an empty cache on a slowed connection:
//   npm run page-weight [-- --write] [--json] [--runs N]
// Pages are served over the made-up store of the browser tests, so that two runs measure the same pages.
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { buildPortal } from '../services/portal/app.ts';
import { launchChromium } from '../test/browser/chromium.ts';
import { permalinks } from '../test/browser/fake-releases.ts';
import { fakeStore, keys, NOW } from '../test/browser/fake-store.ts';

/** A slow 3G as Lighthouse has it: 1.6 Mbit/s down, 750 kbit/s up (bytes a second), 150 ms there and back. */
const LINE = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750 };
/** Bytes without fonts, milliseconds until the first words are drawn, and the share of the screen that jumps. */
const TARGETS = { bytes: 200_000, firstPaint: 1_000, shift: 0.1 };

const evaluation = '/evaluations/families-first-demonstration';
const pages: { name: string; path: string; who: keyof typeof keys | null }[] = [
  { name: 'Sign in', path: '/sign-in', who: null },
  { name: 'Catalogue', path: '/', who: 'researcher' },
  { name: 'Outcomes', path: evaluation, who: 'researcher' },
  { name: 'One outcome', path: `${evaluation}?outcome=re-referral&horizon=12`, who: 'researcher' },
  { name: 'By group', path: `${evaluation}/groups?horizon=6&by=council`, who: 'researcher' },
  { name: 'Analysis', path: `${evaluation}/analysis`, who: 'evaluator' },
  { name: 'When results are known', path: `${evaluation}/maturity`, who: 'evaluator' },
  { name: 'Plan and history', path: `${evaluation}/plan`, who: 'evaluator' },
  { name: 'Releases', path: '/releases', who: 'researcher' },
  { name: 'A release', path: `/releases/${permalinks.newer}`, who: null },
  { name: 'Council feeds', path: '/feeds', who: 'operator' },
  { name: 'A council’s feed', path: '/feeds', who: 'council' },
  { name: 'Service', path: '/service', who: 'operator' },
  { name: 'Audit log', path: '/service/audit', who: 'operator' },
];

interface Weighed {
  name: string;
  bytes: number;
  requests: number;
  /** Milliseconds from the navigation's start. */
  firstPaint: number;
  largestPaint: number;
  shift: number;
}

/** What the browser tells of a page's drawing, kept from its first moment on. In its own words: this program has no page. */
const watch = `
  globalThis.seen = { shift: 0, largest: 0 };
  const look = (type, each) =>
    new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });
  look('layout-shift', ({ value, hadRecentInput }) => { if (!hadRecentInput) seen.shift += value; });
  look('largest-contentful-paint', ({ startTime }) => { seen.largest = startTime; });`;
const drawn = `({ ...seen, first: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN })`;

interface Drawn {
  shift: number;
  largest: number;
  first: number;
}

/** One page, once, by a browser that has nothing of it. */
async function weigh(
  browser: Browser,
  address: string,
  { name, path, who }: (typeof pages)[number],
  sessions: ReadonlyMap<string, string>,
): Promise<Weighed> {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 900 } });
  try {
    if (who)
      await context.addCookies([
        {
          ...{ name: 'waymark_session', value: sessions.get(who) ?? '', url: address },
          ...{ httpOnly: true, sameSite: 'Strict' },
        },
      ]);
    const page = await context.newPage();
    await page.addInitScript({ content: watch });
    const line = await context.newCDPSession(page);
    await line.send('Network.enable');
    await line.send('Network.setCacheDisabled', { cacheDisabled: true });
    await line.send('Network.emulateNetworkConditions', LINE);
    const fonts = new Set<string>();
    let [bytes, requests] = [0, 0];
    line.on('Network.responseReceived', ({ requestId, type }) => {
      requests += 1;
      if (type === 'Font') fonts.add(requestId);
    });
    line.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      if (!fonts.has(requestId)) bytes += encodedDataLength;
    });
    await page.goto(`${address}${path}`, { waitUntil: 'load' });
    // What scripts fetch after the page has loaded weighs too; a live page never falls silent.
    await page.waitForTimeout(1_000);
    const { first, largest, shift } = await page.evaluate<Drawn>(drawn);
    return { name, bytes, requests, firstPaint: first, largestPaint: largest, shift };
  } finally {
    await context.close();
  }
}

const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** The middle of several runs of one page. */
const summed = (runs: readonly Weighed[]): Weighed => {
  const of = (value: (run: Weighed) => number) => middle(runs.map(value));
  return {
    name: runs[0]?.name ?? '',
    bytes: of(({ bytes }) => bytes),
    requests: of(({ requests }) => requests),
    firstPaint: Math.round(of(({ firstPaint }) => firstPaint)),
    largestPaint: Math.round(of(({ largestPaint }) => largestPaint)),
    shift: Math.round(1_000 * of(({ shift }) => shift)) / 1_000,
  };
};

const missed = ({ bytes, firstPaint, shift }: Weighed): string[] => [
  ...(bytes > TARGETS.bytes ? ['weight'] : []),
  ...(firstPaint > TARGETS.firstPaint ? ['first draw'] : []),
  ...(shift > TARGETS.shift ? ['jumps'] : []),
];

const tableOf = (rows: readonly Weighed[], runs: number, load: number): string =>
  [
    `Measured with Chromium on 1.6 Mbit/s and 150 ms there and back, an empty cache, 1280 pixels, ${runs === 1 ? 'one run' : `the middle of ${runs} runs`} of each page; the load of the machine's ${availableParallelism()} cores when it began was ${load.toFixed(1)}. Made-up figures.`,
    '',
    '| Page | kB without fonts | Requests | First draw, ms | Largest drawn, ms | Jumps (CLS) | Over the target |',
    '|---|---:|---:|---:|---:|---:|---|',
    ...rows.map((row) => {
      const { name, bytes, requests, firstPaint, largestPaint, shift } = row;
      return `| ${name} | ${(bytes / 1_000).toFixed(0)} | ${requests} | ${firstPaint} | ${largestPaint} | ${shift} | ${missed(row).join(', ') || 'nothing'} |`;
    }),
  ].join('\n');

const DOCUMENT = new URL('../docs/portal.md', import.meta.url);
const [BEGIN, END] = ['<!-- page-weight -->', '<!-- /page-weight -->'];

async function write(table: string): Promise<void> {
  const text = await readFile(DOCUMENT, 'utf8');
  const [before, after] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (before < 0 || after < before) throw new Error('docs/portal.md has no place for the table');
  await writeFile(DOCUMENT, `${text.slice(0, before + BEGIN.length)}\n${table}\n${text.slice(after)}`);
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    write: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(
    'npm run page-weight -- [--runs N, 3 unless given] [--write, into docs/portal.md] [--json]\n',
  );
  process.exit(0);
}
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1 || runs > 20) {
  process.stderr.write('--runs is a whole number from 1 to 20.\n');
  process.exit(2);
}
const load = loadavg()[0] ?? Number.NaN;
const app = buildPortal({ store: fakeStore(), clock: () => NOW });
const browser = await launchChromium();
try {
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const sessions = new Map<string, string>();
  for (const [who, key] of Object.entries(keys)) {
    const { headers } = await app.inject({ url: `/sign-in?key=${key}` });
    sessions.set(who, /waymark_session=([^;]+)/.exec(String(headers['set-cookie']))?.[1] ?? '');
  }
  const rows: Weighed[] = [];
  for (const page of pages) {
    const each: Weighed[] = [];
    for (let run = 0; run < runs; run += 1) each.push(await weigh(browser, address, page, sessions));
    rows.push(summed(each));
  }
  const table = tableOf(rows, runs, load);
  if (values.write) await write(table);
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ line: LINE, targets: TARGETS, runs, load, pages: rows.map((row) => ({ ...row, over: missed(row) })) })}\n`
      : `${table}\n`,
  );
} finally {
  await browser.close();
  await app.close();
}
