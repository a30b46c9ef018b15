// Four people, each from signing in to what they came for, in a real browser on the running stack: what they see is what the
// gateway, Kafka, the ledger and the workflows have made of records that come in meanwhile.
import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { analyseForShow } from '../../../services/command/demo/analysis.ts';
import { releaseNumbered } from '../../../services/releases/standing.ts';
import { draftRelease, takeStep } from '../../../services/releases/steps.ts';
import { launchChromium } from '../../browser/chromium.ts';
import { overflow, violations } from '../../browser/pages.ts';
import { openScene, type Scene, TEMPORAL_UI, until } from './scene.ts';

let scene: Scene;
let browser: Browser;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  [scene, browser] = await Promise.all([openScene(), launchChromium()]);
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});
afterAll(async () => {
  await browser?.close();
  await scene?.stop();
});

const complaints: string[] = [];

async function newPage(): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', acceptDownloads: true });
  contexts.push(context);
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    const { url } = message.location();
    if (message.type() === 'error' && url.startsWith(scene.portal)) complaints.push(message.text());
  });
  return page;
}

/** Signs in at the sign-in service, as people do. */
async function signedIn(name: string): Promise<Page> {
  const page = await newPage();
  await page.goto(scene.portal);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name }).click();
  const onwards = page.getByRole('link', { name: 'Go on to Waymark' });
  const there = page.getByRole('button', { name: 'Sign out' });
  await onwards.or(there).first().waitFor();
  if (await onwards.isVisible()) await onwards.click();
  await there.waitFor();
  return page;
}

/** The page is one that anybody can use, and nothing on it was refused. */
async function sound(page: Page): Promise<void> {
  expect(await violations(page), page.url()).toEqual([]);
  expect(await overflow(page), page.url()).toBe(0);
  expect(complaints).toEqual([]);
}

const go = (page: Page, link: string | RegExp) => page.getByRole('link', { name: link }).first().click();

const FINAL = /^(\d+) of \d+ results? (?:is|are) final$/;

it('an evaluator watches a result become final while records come in, and reads the analysis', async () => {
  const page = await signedIn('Evan Evaluator');
  await sound(page);
  await go(page, scene.title);
  await go(page, 'Plan and history');
  await page.getByRole('heading', { name: 'The plan in words' }).waitFor();
  await page.getByText(/every signature is of the plan it names/).waitFor();
  await sound(page);

  await scene.settled();
  await go(page, 'When results are known');
  await page.getByText('This page updates itself.').waitFor();
  const first = page.getByRole('listitem').filter({ hasText: FINAL });
  const final = async () => Number(FINAL.exec((await first.textContent())?.trim() ?? '')?.[1]);
  const waitsFor = page.locator('.wm-waiting').filter({ hasText: scene.council.name });
  await waitsFor.first().waitFor();
  await sound(page);
  const [before, waiting] = [await final(), await waitsFor.count()];
  let loads = 0;
  page.on('load', () => {
    loads += 1;
  });
  expect(await scene.sendRest()).toBeGreaterThan(100);
  await until('the page shows more results as final', async () => (await final()) > before);
  await until('nothing due waits for the council any more', async () => (await waitsFor.count()) < waiting);
  await scene.settled();
  await page.getByText('All of them are taken into account.').waitFor();
  expect(loads, 'the page was not loaded anew').toBe(0);
  const [{ frozen } = { frozen: 0 }] = await scene.db<{ frozen: number }[]>`
    select count(*)::integer as frozen from waymark.milestone`;
  await until('the page says what the store holds', async () => (await final()) === frozen);
  await page.getByRole('button', { name: 'Stop updating' }).click();
  await page.getByText('This page stays as it is.').waitFor();
  await sound(page);

  const { number, hash } = await analyseForShow(scene.db, scene.slug);
  await until('the analysis has its tab', async () => {
    await page.reload();
    return (await page.getByRole('link', { name: 'Analysis', exact: true }).count()) > 0;
  });
  await page.getByRole('link', { name: 'Analysis', exact: true }).click();
  await page.getByRole('heading', { name: `Analysis ${number}` }).waitFor();
  expect(await page.getByText(hash).count()).toBeGreaterThan(0);
  await sound(page);
});

it('a researcher reads an outcome and its definition, takes the table away, and follows a release by its permalink', async () => {
  const { db, slug } = scene;
  const title = 'The miniature, as released';
  const release = await draftRelease(db, { evaluation: slug, audience: 'public', title, by: 'Dora' });
  const stateOf = async () => (await releaseNumbered(db, release)).state;
  await until('the rules have looked at the release', async () => (await stateOf()) !== 'checking');
  const take = (step: 'approved' | 'asked', note: string) =>
    db.begin((tx) => takeStep(tx, step, { id: release, by: 'Chidi', note }));
  if ((await stateOf()) === 'waiting') await take('approved', 'Its counts are large enough.');
  await take('asked', 'For everybody.');
  await until('the release workflow has published', async () => (await stateOf()) === 'published');

  const page = await signedIn('Rosa Researcher');
  await go(page, scene.title);
  const outcome = 'Re-referral';
  await page.getByRole('heading', { level: 2, name: outcome, exact: true }).waitFor();
  const table = page.getByRole('table', { name: /Re-referral: children and outcomes/ });
  expect(await table.getByRole('row').count()).toBeGreaterThan(3);
  const definition = page.locator('#definition-re-referral');
  await definition.getByText('How this outcome is defined').click();
  await definition
    .getByText(/[0-9a-f]{64}/)
    .first()
    .waitFor();
  await sound(page);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download the table (CSV)' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe(`${slug}-outcomes.csv`);
  const csv = await readFile(await download.path(), 'utf8');
  expect(csv.split('\n')[0]).toContain('outcome');
  expect(csv).toContain('re-referral');
  await page
    .getByRole('link', { name: /Link to this view/ })
    .first()
    .click();
  await sound(page);

  await page.getByRole('navigation', { name: 'Menu' }).getByRole('link', { name: 'Releases' }).click();
  await go(page, title);
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  await sound(page);
  // A permalink of what is public opens for whoever is given it.
  const elsewhere = await newPage();
  await elsewhere.goto(page.url());
  expect(await elsewhere.getByRole('heading', { level: 1 }).textContent()).toBe(title);
  expect(await elsewhere.getByRole('table').first().textContent()).toBe(
    await page.getByRole('table').first().textContent(),
  );
});

it('a council’s sender finds what was set aside, with what to do about it, and the key it came by', async () => {
  await scene.sendPoison();
  await until('the message is set aside', async () => {
    const [{ held } = { held: 0 }] = await scene.db<{ held: number }[]>`
      select count(*)::integer as held from waymark.quarantine where council = ${scene.council.code}`;
    return held > 0;
  });
  const page = await signedIn('Cora Council');
  await page.getByRole('heading', { level: 1, name: `${scene.council.name}: your feed` }).waitFor();
  await sound(page);
  await go(page, 'Sent and set aside');
  const repair = page.getByRole('region', { name: 'What to repair' });
  await repair.getByText('data.state.date').first().waitFor();
  expect(await repair.getByText(/Mend the field/).count()).toBeGreaterThan(0);
  expect(await page.getByText('1899-12-30').count(), 'no value of a message is shown').toBe(0);
  await sound(page);
  await go(page, 'Keys');
  await page.getByText(`feed of ${scene.council.code}`).first().waitFor();
  await sound(page);
});

it('an operator sees that every part stands, what was set aside, the workflows under way, and a log that is whole', async () => {
  const page = await signedIn('Otis Operator');
  await page.getByRole('navigation', { name: 'Menu' }).getByRole('link', { name: 'Service' }).click();
  const processes = page.getByRole('table', { name: 'Processes and how they stand' });
  await processes.getByText('Ready', { exact: true }).nth(3).waitFor();
  await page.getByText('Messages in Kafka that wait to be stored').waitFor();
  expect(
    await page.getByRole('table', { name: 'Messages set aside, by what is wrong' }).textContent(),
  ).toContain('bad-field');
  const workflows = page.getByRole('table', { name: 'Workflows by kind' });
  const row = workflows.getByRole('row').filter({ hasText: 'Feeds' });
  await until('the tracker has said which feeds are followed', async () =>
    /[1-9]/.test((await row.getByRole('cell').first().textContent()) ?? ''),
  );
  const link = await row.getByRole('link').getAttribute('href');
  expect(link).toBe(
    `${TEMPORAL_UI}/namespaces/default/workflows?${new URLSearchParams({ query: "WorkflowType = 'feed'" })}`,
  );
  await sound(page);
  await go(page, 'The whole log, and whether it holds');
  await page.getByText('none is missing, and none was changed').waitFor();
  const newest = await page.getByRole('table').getByRole('row').nth(1).textContent();
  await sound(page);
  await go(page, 'Older entries');
  await page.getByRole('link', { name: 'Newest entries' }).waitFor();
  expect(await page.getByRole('table').getByRole('row').nth(1).textContent()).not.toBe(newest);
  await sound(page);
});
