// The pages on which evaluators plan, in a real browser: readable by anybody, usable without JavaScript, and signed by a key
// that does not leave the machine.
import { createPublicKey, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { signedText } from '../../services/evaluations/lifecycle/signatures.ts';
import { buildPortal } from '../../services/portal/app.ts';
import type { PageStep } from '../../services/portal/planning/store.ts';
import { launchChromium } from './chromium.ts';
import { PLAN_HASH } from './fake-plan.ts';
import { planningStore, registeredPlan } from './fake-planning.ts';
import { fakeStore, keys, NOW } from './fake-store.ts';
import { openDetails, overflow, violations, widths } from './pages.ts';

const following = '/evaluations/families-first-demonstration';
const registered = '/evaluations/new-evaluation';

let app: FastifyInstance;
let address: string;
let browser: Browser;
let session = '';
const contexts: BrowserContext[] = [];
const taken: PageStep[] = [];
const registeredKeys: string[] = [];
let hasSigner = true;

beforeAll(async () => {
  const plain = fakeStore();
  const planning = planningStore();
  const store = fakeStore({
    plan: async (slug) => (slug === 'new-evaluation' ? registeredPlan(slug) : plain.plan(slug)),
    planning: {
      ...planning,
      signer: async () => (hasSigner ? planning.signer() : null),
      register: async (_person, pem) => void registeredKeys.push(pem),
      take: async (_person, _slug, _head, step) => void taken.push(step),
    },
  });
  app = buildPortal({ store, clock: () => NOW });
  address = await app.listen({ host: '127.0.0.1', port: 0 });
  browser = await launchChromium();
});
afterEach(async () => {
  hasSigner = true;
  taken.length = 0;
  await Promise.all(contexts.splice(0).map((context) => context.close()));
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

async function signedIn(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  context.setDefaultTimeout(120_000);
  contexts.push(context);
  const page = await context.newPage();
  if (session === '') {
    await page.goto(`${address}/sign-in?key=${keys.evaluator}`);
    session = (await context.cookies())[0]?.value ?? '';
  }
  await context.addCookies([
    { name: 'waymark_session', value: session, url: address, httpOnly: true, sameSite: 'Strict' },
  ]);
  return page;
}

const pages = [
  `${following}/steps`,
  `${following}/steps?done=deviated`,
  `${following}/steps/advance`,
  `${following}/steps/deviate`,
  '/evaluations/blinded-evaluation/steps/unblind',
  `${registered}/steps`,
  `${registered}/steps/advance`,
  `${registered}/steps/sign`,
  '/signing-key',
  '/drafts',
  '/drafts/2/choices?check=1',
  '/drafts/1/choices?saved=1',
  '/drafts/2/document?check=1',
  '/drafts/1/document?check=1',
  '/drafts/1/compare',
  '/drafts/2/compare',
  '/drafts/1/record',
];

describe.each(pages)('%s', (path) => {
  it('has no accessibility violation, no refused resource and no sideways scroll at three widths', async () => {
    const page = await signedIn();
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`${address}${path}`);
    await openDetails(page);
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      expect(await overflow(page), `scrolls sideways at ${width}`).toBe(0);
      if (width !== 768) expect(await violations(page), `${width}`).toEqual([]);
    }
    expect(complaints).toEqual([]);
  });
});

describe('steps', () => {
  it('are taken without JavaScript, and what is wrong is said beside the field', async () => {
    const page = await signedIn({ javaScriptEnabled: false });
    await page.goto(`${address}${registered}/plan`);
    await page.getByRole('link', { name: 'Sign, lock, unblind or record a deviation' }).click();
    await page.getByRole('link', { name: 'Sign the plan' }).click();
    await page.getByLabel('Your signature').fill('not one');
    await page.getByRole('button', { name: 'Sign', exact: true }).click();
    await page
      .getByRole('alert')
      .getByRole('link', { name: /88 characters/ })
      .click();
    expect(new URL(page.url()).hash).toBe('#signature');
    expect(taken).toEqual([]);
    const signature = `${'A'.repeat(86)}==`;
    await page.getByLabel('Your signature').fill(signature);
    await page.getByRole('button', { name: 'Sign', exact: true }).click();
    await page.getByText('Your signature was added').waitFor();
    expect(taken).toEqual([{ kind: 'signed', signature }]);
  });

  it('a page with errors has no accessibility violation', async () => {
    const page = await signedIn();
    await page.goto(`${address}${registered}/steps/sign`);
    await page.getByRole('button', { name: 'Sign', exact: true }).click();
    await page.getByRole('alert').waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it('are refused with a reason where they are not open', async () => {
    const page = await signedIn();
    await page.goto(`${address}${following}/steps/unblind`);
    await page.getByText('The evaluation is unblinded already.').waitFor();
    expect(await page.getByRole('button', { name: 'Unblind' }).count()).toBe(0);
    await page.goto(`${address}${registered}/steps/advance`);
    await page.getByText('those here are of 1.').waitFor();
    expect(await page.getByRole('button', { name: 'Lock the plan' }).count()).toBe(0);
  });

  it('of unblinding say first what is still to come', async () => {
    const page = await signedIn();
    await page.goto(`${address}/evaluations/blinded-evaluation/steps/unblind`);
    const gates = await page.getByRole('heading', { name: /Still to pass/ }).boundingBox();
    const reason = await page.getByLabel('Why now').boundingBox();
    expect(gates?.y ?? 0).toBeLessThan(reason?.y ?? 0);
    await page.getByLabel('Why now').fill('Every wave is final at every horizon.');
    await page.getByRole('button', { name: 'Unblind' }).click();
    await page.waitForURL(/done=unblinded/);
    expect(taken).toEqual([{ kind: 'unblinded', reason: 'Every wave is final at every horizon.' }]);
  });
});

describe('a draft', () => {
  it('is begun, written, checked, compared and put on record without JavaScript', async () => {
    const page = await signedIn({ javaScriptEnabled: false });
    await page.goto(`${address}/`);
    await page.getByRole('link', { name: 'Protocol drafts' }).click();
    await page.getByRole('button', { name: 'Begin a draft' }).click();
    await page.getByRole('alert').getByRole('link', { name: 'Choose what the draft begins from' }).click();
    await page.getByLabel('Family help, councils beginning in turn').check();
    await page.getByRole('button', { name: 'Begin a draft' }).click();
    await page.getByRole('heading', { level: 1, name: 'Family help, councils beginning in turn' }).waitFor();
    await page.getByRole('link', { name: 'The whole document' }).click();
    const document = page.getByLabel('The document');
    const begun = await document.inputValue();
    await document.fill(
      begun.replace('unit: council', 'unit: counsil').replace(/^title: .*/m, 'title: Ours'),
    );
    await page.getByRole('button', { name: 'Save and check' }).click();
    await page.getByRole('heading', { level: 1, name: 'Ours' }).waitFor();
    const [line] = [begun.split('\n').indexOf('unit: council') + 1];
    await page
      .getByRole('alert')
      .getByRole('link', { name: new RegExp(`^Line ${line}: Unit .*did you mean council`) })
      .click();
    expect(new URL(page.url()).hash).toBe('#fault-1');
    expect(await page.title()).toMatch(/^Error: /);
    await page.getByRole('link', { name: 'Put on record' }).click();
    await page.getByText('The document has 1 fault').waitFor();
    await page.getByRole('link', { name: 'See what is wrong' }).click();
    await document.fill((await document.inputValue()).replace('counsil', 'council'));
    await page.getByRole('button', { name: 'Save and check' }).click();
    await page.getByText('The protocol is right.').waitFor();
    await page.getByRole('link', { name: 'Compare' }).click();
    await page.getByLabel('Compare with the plan of').selectOption('families-first-demonstration');
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByRole('heading', { name: 'No longer said' }).first().waitFor();
    expect(await page.locator('ins').filter({ hasText: 'Title: Ours' }).count()).toBe(1);
    await page.getByRole('link', { name: 'Put on record' }).click();
    await page.getByRole('button', { name: 'Begin the evaluation' }).click();
    await page.waitForURL(/steps\?done=deviated/);
  });

  it('is filled in as a form without JavaScript, and each fault leads to its field', async () => {
    const page = await signedIn({ javaScriptEnabled: false });
    await page.goto(`${address}/drafts`);
    await page.getByLabel('Family help, randomised by family').first().check();
    await page.getByRole('button', { name: 'Begin a draft' }).click();
    await page.getByLabel('Title', { exact: true }).fill('');
    const last = page.getByRole('group', { name: 'Last index day' });
    await last.getByLabel('Year').fill('2020');
    await page.getByRole('button', { name: 'Save and check' }).click();
    const alert = page.getByRole('alert');
    expect(await page.title()).toMatch(/^Error: /);
    await alert.getByRole('link', { name: 'Title is missing' }).click();
    expect(new URL(page.url()).hash).toBe('#title');
    await page.getByLabel('Title', { exact: true }).fill('Our trial');
    await page.getByRole('button', { name: 'Save and check' }).click();
    await alert.getByRole('link', { name: /must not be before/ }).click();
    expect(new URL(page.url()).hash).toBe('#to');
    await last.getByLabel('Year').fill('2028');
    await page.getByLabel('A draw from a published seed').check();
    await page.getByRole('button', { name: 'Save and check' }).click();
    await page.getByText('The protocol is right').waitFor();
    await page.getByLabel('Share in the trial arm').fill('0.6');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('The draft was saved').waitFor();
    await page.getByRole('link', { name: 'The whole document' }).click();
    const document = await page.getByLabel('The document').inputValue();
    expect(document).toMatch(/title: Our trial/);
    expect(document).toMatch(/trialShare: 0\.6/);
    expect(document).toContain('# Every child is followed');
  });
});

it('a key is made and used in the browser: its public half is registered, and the private one is never sent', async () => {
  const page = await signedIn({ acceptDownloads: true });
  const sent: string[] = [];
  page.on('request', (request) => sent.push(request.postData() ?? ''));
  hasSigner = false;
  await page.goto(`${address}/signing-key`);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Make a key on this machine' }).click(),
  ]);
  const file = await download.path();
  const kept = await readFile(file, 'utf8');
  expect(kept).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  await page.getByRole('button', { name: 'Register this key' }).click();
  await expect.poll(() => registeredKeys.length).toBe(1);

  hasSigner = true;
  await page.goto(`${address}${registered}/steps/sign`);
  await page.getByLabel('Your private key').setInputFiles(file);
  await page.getByText('The signature is in the field below').waitFor();
  await page.getByRole('button', { name: 'Sign', exact: true }).click();
  await page.waitForURL(/done=signed/);
  const [step] = taken;
  const signature = step?.kind === 'signed' ? Buffer.from(step.signature, 'base64') : Buffer.alloc(0);
  const text = signedText('new-evaluation', PLAN_HASH);
  expect(verify(null, text, createPublicKey(registeredKeys[0] ?? ''), signature)).toBe(true);
  const secret = kept.split('\n')[1] ?? '';
  expect(secret.length).toBeGreaterThan(40);
  for (const body of sent) expect(decodeURIComponent(body)).not.toContain(secret);
});
