// The data-quality page in a real browser, opened from a file as an analyst does: nothing asked for from elsewhere, every
// reader served, and never wider than the screen, whatever came of the conversion.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConversionReport } from '../../services/council/report.ts';
import { reportPage } from '../../services/council/report-page.ts';
import { census, convert, folder, samples } from '../unit/council/support.ts';
import { launchChromium } from './chromium.ts';
import { overflow, violations, widths } from './pages.ts';

const here = folder();
const sample = readFileSync(`${samples}cin-census/fake_CIN_data.xml`);
const tables = ['header', 'episodes', 'uasc'].map((name) => `${samples}ssda903/${name}.csv`);
const referenceDate = '2022-03-31';

/** Every section: refused records under a long name, findings, linkage, and what was last sent. */
async function full(): Promise<ConversionReport> {
  const name = `CIN_Census_2022_${'resubmission_'.repeat(6)}final.xml`;
  const bad = '<CINdetails><CINreferralDate>2023-13-04</CINreferralDate></CINdetails>';
  const files = [
    `${samples}cin-census/fake_CIN_data.xml`,
    here.write(name, census({ details: bad })),
    ...tables,
  ];
  const { messages } = await convert(files.slice(0, 1));
  const previous = here.write('last.ndjson', messages.map((one) => `${JSON.stringify(one)}\n`).join(''));
  const quarantine = here.path('kept');
  return (await convert(files, { referenceDate, previous, quarantine })).report;
}

async function dataset(): Promise<ConversionReport> {
  const names = ['ssd_person', 'ssd_cin_episodes', 'ssd_cla_previous_permanence', 'ssd_s47_enquiry'];
  const files = names.map((name) => `${samples}council/dataset/${name}.csv`);
  return (await convert(files, { referenceDate: '2024-03-31' })).report;
}

async function cutOff(): Promise<ConversionReport> {
  const { report, error } = await convert([here.write('cut.xml', sample.subarray(0, 100_000))]);
  return { ...report, failed: error!.report() };
}

let browser: Browser;
let pages: string;
beforeAll(async () => {
  browser = await launchChromium();
  pages = await mkdtemp(join(tmpdir(), 'waymark-data-quality-'));
});
afterAll(async () => {
  await browser?.close();
  await rm(pages, { recursive: true, force: true });
});

describe.each([
  ['full', full, 8],
  ['dataset', dataset, 7],
  ['cut-off', cutOff, 5],
] as const)('the %s page', (name, made, sections) => {
  it('has no accessibility violation, asks for nothing, and fits three widths', async () => {
    const file = join(pages, `${name}.html`);
    await writeFile(file, reportPage(await made()));
    const page = await browser.newPage({ locale: 'en-GB' });
    page.setDefaultTimeout(120_000);
    const heard: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') heard.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) heard.push(`asked elsewhere: ${request.url()}`);
    });
    await page.goto(pathToFileURL(file).href);
    expect(await page.locator('main section').count()).toBe(sections);
    for (const closed of await page.locator('details > summary').all()) await closed.click();
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      expect(await violations(page), `${width}`).toEqual([]);
      expect(await overflow(page), `scrolls sideways at ${width}`).toBe(0);
    }
    expect(heard).toEqual([]);
    await page.close();
  });
});
