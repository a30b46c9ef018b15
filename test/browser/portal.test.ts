// The portal in a real browser: journeys, keyboard, no JavaScript, three widths, print, and no accessibility violation.
import type { FastifyInstance } from 'fastify';
import type { Browser, BrowserContext, ConsoleMessage, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildPortal } from '../../services/portal/app.ts';
import { lookBackPath } from '../../services/portal/look-back-view.ts';
import { launchChromium } from './chromium.ts';
import { lookBackDays } from './fake-look-backs.ts';
import { permalinks } from './fake-releases.ts';
import { fakeStore, keys, NOW } from './fake-store.ts';
import { openDetails, overflow, violations, widths } from './pages.ts';

const evaluation = '/evaluations/families-first-demonstration';

const lookBack = (name: keyof typeof lookBackDays) =>
  lookBackPath('families-first-demonstration', lookBackDays[name]);

let app: FastifyInstance;
let address: string;
let browser: Browser;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  app = buildPortal({ store: fakeStore(), clock: () => NOW });
  address = await app.listen({ host: '127.0.0.1', port: 0 });
  browser = await launchChromium();
});
afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

/** Everything a page complained about: refused styles and scripts, errors, requests to elsewhere. */
const complaints = new WeakMap<Page, string[]>();

async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  contexts.push(context);
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  const heard: string[] = [];
  complaints.set(page, heard);
  page.on('console', (message: ConsoleMessage) => {
    if (message.type() === 'error' && !/status of (401|403|404|429)/.test(message.text()))
      heard.push(message.text());
  });
  page.on('pageerror', (error) => heard.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(address)) heard.push(`asked elsewhere: ${request.url()}`);
  });
  return page;
}

/**
 * One sign-in for the whole file: attempts are limited. Cookies of the session are put into each context by hand.
 */
const sessions = new Map<string, string>();
async function signedIn(
  who: keyof typeof keys,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Page> {
  const known = sessions.get(who);
  const page = await open(options);
  if (!known) {
    await page.goto(`${address}/sign-in?key=${keys[who]}`);
    const [cookie] = await page.context().cookies();
    sessions.set(who, cookie?.value ?? '');
  } else {
    await page
      .context()
      .addCookies([
        { name: 'waymark_session', value: known, url: address, httpOnly: true, sameSite: 'Strict' },
      ]);
  }
  return page;
}

/** `everyWidth`: laid out so differently by width that axe looks at each; elsewhere it looks at the narrow page. */
const pages: { path: string; who: keyof typeof keys | null; everyWidth?: true }[] = [
  { path: '/sign-in', who: null },
  { path: '/sign-in?signed-out=1', who: null },
  { path: '/', who: 'researcher' },
  { path: evaluation, who: 'researcher', everyWidth: true },
  { path: `${evaluation}?outcome=re-referral&horizon=12`, who: 'researcher' },
  { path: '/evaluations/sample-returns', who: 'researcher' },
  { path: '/evaluations/new-evaluation', who: 'researcher' },
  { path: '/evaluations/blinded-evaluation', who: 'researcher' },
  { path: `${evaluation}/groups?horizon=6`, who: 'researcher', everyWidth: true },
  { path: `${evaluation}/groups?horizon=12&by=council`, who: 'researcher' },
  { path: `${evaluation}/groups?horizon=6&by=age`, who: 'researcher', everyWidth: true },
  { path: `${evaluation}/groups?horizon=6&by=need`, who: 'evaluator' },
  { path: `${evaluation}/groups?by=period`, who: 'researcher' },
  { path: `${evaluation}/look-back`, who: 'evaluator', everyWidth: true },
  { path: `${evaluation}/look-back`, who: 'researcher' },
  { path: '/evaluations/blinded-evaluation/look-back', who: 'evaluator' },
  { path: lookBack('ready'), who: 'evaluator', everyWidth: true },
  { path: lookBack('changes'), who: 'evaluator', everyWidth: true },
  { path: lookBack('waiting'), who: 'evaluator' },
  { path: lookBack('failed'), who: 'evaluator' },
  { path: lookBack('unasked'), who: 'operator' },
  { path: `${evaluation}/look-back/2026-02-30`, who: 'evaluator' },
  {
    path: `${evaluation}/look-back/releases?from=${permalinks.older}&to=${permalinks.newer}`,
    who: 'researcher',
    everyWidth: true,
  },
  { path: `${evaluation}/effects`, who: 'researcher', everyWidth: true },
  { path: '/evaluations/sample-returns/effects', who: 'researcher' },
  { path: '/evaluations/blinded-evaluation/effects', who: 'researcher' },
  { path: `/releases/${permalinks.effects}`, who: 'researcher' },
  { path: `${evaluation}/analysis`, who: 'evaluator', everyWidth: true },
  { path: `${evaluation}/analysis/1`, who: 'evaluator' },
  { path: '/evaluations/sample-returns/analysis', who: 'evaluator' },
  { path: `${evaluation}/recruitment`, who: 'evaluator', everyWidth: true },
  { path: '/evaluations/blinded-evaluation/recruitment', who: 'evaluator' },
  { path: `${evaluation}/maturity`, who: 'researcher', everyWidth: true },
  { path: '/evaluations/new-evaluation/maturity', who: 'researcher' },
  { path: `${evaluation}/plan`, who: 'researcher' },
  { path: '/evaluations/sample-returns/plan', who: 'researcher' },
  { path: '/releases', who: 'researcher' },
  { path: `/releases/${permalinks.older}`, who: 'researcher', everyWidth: true },
  { path: `/releases/${permalinks.newer}`, who: null },
  { path: '/releases/queue', who: 'operator' },
  { path: '/releases/queue', who: 'checker', everyWidth: true },
  { path: '/releases/queue', who: 'evaluator' },
  { path: '/releases/new', who: 'evaluator', everyWidth: true },
  { path: '/feeds', who: 'operator', everyWidth: true },
  { path: '/service', who: 'operator', everyWidth: true },
  { path: '/service/audit', who: 'operator', everyWidth: true },
  { path: '/feeds', who: 'council' },
  { path: '/feeds/E06000032', who: 'operator', everyWidth: true },
  { path: '/feeds/E06000032', who: 'council' },
  { path: '/feeds/E06000055', who: 'newCouncil' },
  { path: '/feeds/E06000032/keys', who: 'councilPerson', everyWidth: true },
  { path: '/feeds/E06000032/keys', who: 'council' },
  { path: '/feeds/E06000055/keys', who: 'newCouncil' },
  { path: evaluation, who: 'council' },
  { path: `${evaluation}?outcome=nothing`, who: 'researcher' },
  { path: '/nowhere', who: 'researcher' },
];

describe.each(pages)('$path for $who', ({ path, who, everyWidth }) => {
  it('has no accessibility violation, no refused resource and no sideways scroll at three widths', async () => {
    const page = who ? await signedIn(who) : await open();
    await page.goto(`${address}${path}`);
    expect(complaints.get(page)).toEqual([]);
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      expect(await overflow(page), `scrolls sideways at ${width}`).toBe(0);
    }
    await openDetails(page);
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      expect(await overflow(page), `scrolls sideways at ${width} with details open`).toBe(0);
      if (width === widths[0] || everyWidth) expect(await violations(page), `${width}`).toEqual([]);
    }
  });
});

describe('journeys', () => {
  it('signs in with a key, reads an outcome, narrows it, downloads the table, signs out', async () => {
    const page = await open({ acceptDownloads: true });
    await page.goto(`${address}${evaluation}`);
    expect(new URL(page.url()).pathname).toBe('/sign-in');
    await page.getByLabel('Access key').fill('wk_mistyped-0000000000');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page
      .getByRole('alert')
      .getByRole('link', { name: /does not work/ })
      .click();
    await page.getByLabel('Access key').fill(keys.researcher);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${address}${evaluation}`);
    await page
      .getByRole('navigation', { name: 'Choose what to show' })
      .getByRole('link', { name: 'Care entry' })
      .click();
    expect(await page.getByRole('heading', { level: 2, name: 'Re-referral', exact: true }).count()).toBe(0);
    expect(await page.getByRole('img', { name: /Care entry: share of children/ }).count()).toBe(1);
    const table = page.getByRole('table', { name: /Care entry: children and outcomes/ });
    expect(await table.getByRole('row').count()).toBe(13);
    for (const [name, ending] of [
      ['Download the table (CSV)', 'csv'],
      ['Download the table with its types (Parquet)', 'parquet'],
    ] as const) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name }).click(),
      ]);
      expect(download.suggestedFilename()).toBe(`families-first-demonstration-outcomes.${ending}`);
    }
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You have signed out.').waitFor();
    await page.goto(`${address}${evaluation}`);
    expect(new URL(page.url()).pathname).toBe('/sign-in');
    expect(complaints.get(page)).toEqual([]);
  });

  it('signs in by the link of the terminal and leaves no key in the address or the history', async () => {
    const page = await open();
    await page.goto('about:blank');
    complaints.get(page)?.splice(0);
    await page.goto(`${address}/sign-in?key=${keys.operator}`);
    expect(page.url()).toBe(`${address}/`);
    await page.goBack();
    expect(page.url()).not.toContain('wk_');
  });

  it('does everything with the keyboard alone', async () => {
    const page = await signedIn('researcher');
    await page.goto(`${address}/`);
    const focused = () =>
      page.evaluate(
        () =>
          (
            globalThis as unknown as { document: { activeElement: { textContent: string } | null } }
          ).document.activeElement?.textContent?.trim() ?? '',
      );
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to main content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Families first pathfinder: demonstration');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${address}${evaluation}`);
    const seen: string[] = [];
    for (let step = 0; step < 60; step++) {
      await page.keyboard.press('Tab');
      const name = await focused();
      seen.push(name);
      if (name.startsWith('Where every child')) break;
    }
    for (const stop of [
      'Evaluations',
      'Council feeds',
      'Sign out',
      'When results are known',
      'Care entry',
      '12 months',
    ]) {
      expect(seen).toContain(stop);
    }
    await page.keyboard.press('Enter');
    expect(await page.getByText('Each enrolled child stands in exactly one').first().isVisible()).toBe(true);
  });

  it('replaces a council’s key without JavaScript, shows the new one once, and stops another', async () => {
    const page = await signedIn('councilPerson', { javaScriptEnabled: false });
    await page.goto(`${address}/feeds`);
    await page.getByRole('link', { name: 'Keys' }).click();
    const nightly = page.getByRole('region', { name: 'Key 5d2f90ab, nightly delivery' });
    await nightly.getByText('Replace it').click();
    await nightly.getByLabel('28 days').check();
    await nightly.getByRole('button', { name: /Make a new key/ }).click();
    const banner = page.getByRole('alert');
    await banner.getByText('wk_made-up-and-shown-once').waitFor();
    expect(await banner.getByText('works until 28 September 2026').count()).toBe(1);
    await page.goto(`${address}/feeds/E06000032/keys`);
    expect(await page.getByText('wk_made-up').count()).toBe(0);
    const test = page.getByRole('region', { name: 'Key c01e77d4, test machine' });
    await test.locator('summary').getByText('Stop it').click();
    await test.getByRole('button', { name: /Stop it now/ }).click();
    await page.getByText('Key c01e77d4 is stopped.').waitFor();
    expect(complaints.get(page)).toEqual([]);
  });

  it('works without JavaScript', async () => {
    const page = await signedIn('researcher', { javaScriptEnabled: false });
    await page.goto(`${address}/`);
    await page.getByRole('link', { name: 'Families first pathfinder: demonstration', exact: true }).click();
    await page.getByRole('link', { name: '12 months', exact: true }).click();
    expect(page.url()).toContain('horizon=12');
    expect(await page.getByText('18 months after referral').count()).toBe(1);
    await page.getByText('How this outcome is defined').first().click();
    expect(await page.getByText('p less than 0.001').first().isVisible()).toBe(true);
  });

  it('chooses a day without JavaScript, is told what is wrong with it, and comes to its figures', async () => {
    const page = await signedIn('evaluator', { javaScriptEnabled: false });
    await page.goto(`${address}${evaluation}`);
    await page.getByRole('link', { name: 'Earlier, and what changed since' }).click();
    const from = page.getByRole('group', { name: 'Show what was known at the end of' });
    const fill = async (day: string, month: string, year: string) => {
      await from.getByLabel('Day').fill(day);
      await from.getByLabel('Month').fill(month);
      await from.getByLabel('Year').fill(year);
      await page.getByRole('button', { name: 'Look back' }).click();
    };
    for (const [day, month, year, told] of [
      ['', '', '', 'Enter the day to look back on'],
      ['30', '2', '2026', 'must be a real date'],
      ['30', 'June', '', 'must include a year'],
      ['1', '9', '2026', 'must be over: 30 August 2026 or before'],
      ['28', '2', '2025', 'must be 1 March 2025 or after'],
    ] as const) {
      await fill(day, month, year);
      const summary = page.getByRole('alert').getByRole('link');
      expect(await summary.textContent(), `${day} ${month} ${year}`).toContain(told);
      expect(await page.title()).toContain('Error');
      expect(await from.getByLabel('Day').inputValue()).toBe(day);
    }
    await fill('30', 'June', '2026');
    expect(new URL(page.url()).pathname).toBe(lookBack('ready'));
    expect(await page.getByRole('heading', { name: 'As known at the end of 30 June 2026' }).count()).toBe(1);
    expect(await page.getByText('Not shown: beside figures of other days').count()).toBe(1);
    await page.goto(`${address}${lookBack('waiting')}`);
    await page.getByRole('button', { name: 'See whether it is ready' }).click();
    expect(await page.getByText('3 of 10 councils are done.').count()).toBe(1);
  });

  it('has no accessibility violation where a date is wrong', async () => {
    const page = await signedIn('evaluator');
    await page.goto(`${address}${evaluation}/look-back`);
    await page.getByRole('button', { name: 'Look back' }).click();
    await page.getByRole('alert').waitFor();
    expect(await violations(page)).toEqual([]);
    expect(complaints.get(page)?.filter((one) => !one.includes('400'))).toEqual([]);
  });

  it('keeps notice, numbers and charts on paper, and leaves navigation off it', async () => {
    const page = await signedIn('researcher');
    await page.goto(`${address}${evaluation}`);
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByText('Simulated data').isVisible()).toBe(true);
    expect(await page.getByRole('img', { name: /Re-referral: share/ }).isVisible()).toBe(true);
    expect(await page.getByRole('navigation', { name: 'Choose what to show' }).isVisible()).toBe(false);
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 4).toString()).toBe('%PDF');
  });

  it('drafts a release, is told what is missing, and decides on one, without JavaScript', async () => {
    const evaluator = await signedIn('evaluator', { javaScriptEnabled: false });
    await evaluator.goto(`${address}/releases/queue`);
    await evaluator.getByRole('button', { name: 'Draft a release' }).click();
    await evaluator.getByRole('radio', { name: 'Signed-in researchers' }).check();
    await evaluator.getByRole('button', { name: 'Draft' }).click();
    await evaluator.getByRole('link', { name: 'Enter a title of 1 to 200 characters' }).click();
    expect(await evaluator.getByRole('radio', { name: 'Signed-in researchers' }).isChecked()).toBe(true);
    await evaluator.getByLabel('What is released').selectOption('families-first-demonstration:2');
    await evaluator.getByLabel('Title').fill('Results at 12 months');
    await evaluator.getByRole('button', { name: 'Draft' }).click();
    await evaluator.waitForURL(`${address}/releases/queue#release-3`);

    const checker = await signedIn('checker', { javaScriptEnabled: false });
    await checker.goto(`${address}/releases/queue`);
    const waiting = checker.locator('#release-3');
    expect(
      await waiting
        .getByRole('row', { name: /Differences/ })
        .getByText('To be decided')
        .count(),
    ).toBe(1);
    await waiting.getByLabel('Your reason, as Chidi Checker').fill('Their number is public.');
    await waiting.getByRole('button', { name: 'Approve release 3' }).click();
    await checker.waitForURL(`${address}/releases/queue`);
    await checker.locator('#release-4').getByRole('button', { name: 'Publish release 4' }).click();
    await checker.waitForURL(`${address}/releases/queue`);
    expect(await checker.getByRole('button', { name: 'Supersede release 2' }).count()).toBe(1);
  });

  it('leads a researcher from counts to the released effects, their figures’ tables, and the release', async () => {
    const page = await signedIn('researcher', { javaScriptEnabled: false });
    await page.goto(`${address}${evaluation}`);
    await page.getByRole('link', { name: 'see the effects, with intervals' }).click();
    await page.waitForURL(`${address}${evaluation}/effects`);
    const effects = page.getByRole('table', { name: /^Risk difference/ });
    const main = effects.getByRole('row', { name: /main question/ });
    const cells = await main.getByRole('cell').allTextContents();
    expect(cells).toHaveLength(4);
    for (const effect of cells.slice(0, 2)) expect(effect).toMatch(/−\d+\.\d \(−\d+\.\d to −\d+\.\d\)/);
    expect(cells.at(-1)).toContain('Tested alone');
    expect(await page.getByRole('img', { name: /By age in years: risk difference/ }).count()).toBe(1);
    await page.getByText('The numbers of care entry: share of children over time').click();
    const points = page.getByRole('table', { name: 'Care entry: share of children over time' });
    expect(await points.getByRole('row').count()).toBe(6);
    await page.getByRole('link', { name: /^Release ?: effects, unadjusted/ }).click();
    await page.waitForURL(`${address}/releases/${permalinks.effects}`);
    expect(complaints.get(page)).toEqual([]);
  });

  it('has no accessibility violation where a draft is filled in badly', async () => {
    const page = await signedIn('evaluator');
    await page.goto(`${address}/releases/new`);
    await page.getByRole('button', { name: 'Draft' }).click();
    await page.getByRole('link', { name: 'Choose who will see it' }).waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it('weighs under 200 kB', async () => {
    const page = await signedIn('researcher');
    let bytes = 0;
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    session.on('Network.loadingFinished', (event) => {
      bytes += event.encodedDataLength;
    });
    await session.send('Network.setCacheDisabled', { cacheDisabled: true });
    await page.goto(`${address}${evaluation}`, { waitUntil: 'networkidle' });
    expect(bytes).toBeGreaterThan(20_000);
    expect(bytes).toBeLessThan(200_000);
  });
});
