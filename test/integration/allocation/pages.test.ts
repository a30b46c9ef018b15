// The pages of the allocation service in a real browser, as a caseworker meets them.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../../browser/chromium.ts';
import { overflow, violations, widths } from '../../browser/pages.ts';
import { COUNCILS, pseudonym, service } from './service.ts';

let trial: Awaited<ReturnType<typeof service>>;
let address: string;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  trial = await service({
    method: 'concealed',
    scheme: {
      kind: 'permuted-block',
      strata: ['council', { name: 'age-band', levels: ['under 5', '5 and over'] }],
    },
    ratio: { trial: 1, comparison: 1 },
    eligibility: [{ id: 'agreed', words: 'Has a manager agreed that the family may be offered a meeting?' }],
  });
  address = await trial.serve();
  browser = await launchChromium();
  page = await browser.newPage({ locale: 'en-GB' });
  page.setDefaultTimeout(120_000);
});
afterAll(async () => {
  await browser?.close();
  await trial?.stop();
});

/** Readable by anybody at every width. */
async function isSound(): Promise<void> {
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    expect(await violations(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
  }
}
const text = async () => String(await page.locator('body').textContent());
const submit = () => page.click('main button');

async function enter(unit: string): Promise<void> {
  await page.goto(`${address}/trials/offer-trial`);
  await page.fill('[name=unit]', unit);
  await page.check('[name="levels.age-band"] >> nth=1');
  await page.check('[name="eligibility.agreed"][value=yes]');
  await submit();
}

it('a key opens them, and nothing else does', async () => {
  await page.goto(`${address}/trials/offer-trial`);
  expect(page.url()).toBe(`${address}/sign-in`);
  await isSound();
  await page.fill('[name=key]', 'wk_of-nobody');
  await submit();
  expect(await text()).toContain('This key does not work for allocation');
  await isSound();
  await page.fill('[name=key]', await trial.allocatorKey(COUNCILS[0]!));
  await submit();
  await isSound();
  await page.click('main a');
  expect(await text()).toContain('Allocate a family');
  await isSound();
});

it('say at each field what is missing, and keep what was typed', async () => {
  await page.goto(`${address}/trials/offer-trial`);
  await page.fill('[name=unit]', 'f123');
  await submit();
  for (const words of ['The pseudonym must be f', 'Choose the age band', 'Answer yes or no'])
    expect(await text()).toContain(words);
  expect(await page.inputValue('[name=unit]')).toBe('f123');
  await isSound();
  await enter(pseudonym('t'));
  expect(await text()).toContain('Families are allocated in this trial');
});

it('tell the arm once and for all, by the clock on the wall', async () => {
  const family = pseudonym('f');
  await enter(family.toUpperCase());
  const first = await text();
  expect(first).toMatch(/(Offered a family meeting|Usual help)\s+is what this family is allocated to/);
  expect(first).toContain('2 March 2026 at 10:00am');
  await isSound();
  await enter(family);
  expect(await text()).toBe(first);
});

describe('an address', () => {
  it.each([
    '/nothing',
    '/trials/offer-trial/',
    '/%',
    '/trials/%zz',
    '/trials/%E0%A4%A',
    `/trials/${'a'.repeat(200)}`,
  ])('that leads nowhere is a page that leads back: %s', async (path) => {
    const answer = await page.goto(`${address}${path}`);
    expect(answer?.status()).toBe(404);
    expect(answer?.headers()).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'cache-control': 'no-store',
    });
    expect(await text()).toContain('Start again');
    await isSound();
  });

  it('is answered in JSON to a caseworker’s system', async () => {
    for (const path of ['/nothing', '/%']) {
      const answer = await fetch(`${address}${path}`);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ error: { code: 'not-found' } });
    }
  });
});
