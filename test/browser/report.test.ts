// The report in a real browser, opened from a file as its readers do: nothing refused, nothing asked for, every reader served.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnalysisRecord } from '../../schemas/analysis.ts';
import { analyse } from '../../services/analysis/plan/analyse.ts';
import { writeReport } from '../../services/analysis/report/write.ts';
import { invented, plannedProtocol, snapshotOf } from '../unit/analysis/plan-world.ts';
import { launchChromium } from './chromium.ts';
import { overflow, violations, widths } from './pages.ts';

const councils = Array.from({ length: 12 }, (_, at) => `E069900${String(at + 1).padStart(2, '0')}`);

const open = (): AnalysisRecord =>
  analyse(
    plannedProtocol(
      { councils, arms: { trial: 'Family group conference offered', comparison: 'Usual practice' } },
      {
        subgroups: [
          { by: 'sex', words: 'No difference is expected.' },
          { by: 'age', words: 'Larger for younger children.' },
        ],
      },
    ),
    snapshotOf(invented({ families: 900, councils })),
    [],
    'test',
  );

const compared = { trial: 0.2, comparison: 0.3, difference: -0.1, lower: -0.2, upper: 0.05 };

/** The sections that no single plan brings together: effects by time since councils began, matching, looks before the end, costs. */
const withEverything = (): AnalysisRecord => {
  const record = open();
  const step = (event: number) => ({
    event,
    estimate: event < 0 ? 0.004 : -0.05,
    standardError: 0.02,
    lower: event === -3 ? null : -0.09,
    upper: event === -3 ? null : 0.01,
    p: event === -3 ? null : 0.2,
  });
  return {
    ...record,
    matching: {
      use: 'nearest',
      balance: [
        { covariate: 'age', before: 0.31, after: -0.02 },
        { covariate: 'sex=M', before: -0.12, after: 0.01 },
      ],
      effective: { trial: 900, comparison: 850.4 },
      unmatched: 12,
    },
    results: record.results.map((result) => ({
      ...result,
      eventStudy: {
        waves: ['2024-01-01', '2024-04-01'],
        councils: { began: 6, compared: 6 },
        steps: [-3, -2, -1, 0, 1].map(step),
        preTrendP: 0.4,
      },
      warnings: ['wave-not-followed: 2024-07-01', 'wave-straddles-a-change: 2024-10-01'],
    })),
    interim: {
      followed: 900,
      final: 1800,
      share: 0.5,
      due: true,
      looks: [
        {
          state: 'made',
          information: 0.2,
          time: 0.3,
          followed: 360,
          boundary: 3.929,
          p: 8.5e-5,
          spent: 8.5e-5,
        },
        {
          state: 'now',
          information: 0.5,
          time: 0.5,
          followed: 900,
          boundary: 2.968,
          p: 0.003,
          spent: 0.00305,
        },
        { state: 'to-come', information: 1, time: 1, followed: null, boundary: 1.97, p: 0.0489, spent: 0.05 },
      ],
      now: {
        statistic: 3.1,
        crossed: 'more-events',
        interval: { lower: -0.01, upper: 0.1234 },
        harm: { boundary: 2.6, crossed: true },
      },
    },
    costs: {
      currency: 'GBP',
      priceYear: 2025,
      source: 'Invented.',
      hash: 'x',
      horizon: 12,
      children: { trial: 900, comparison: 850 },
      items: [
        {
          id: 'care',
          words: 'A child who comes into care',
          outcome: 'care-entry',
          unitCost: 50_000,
          per: 'event',
          quantity: compared,
          cost: compared,
        },
      ],
      total: compared,
      bootstrap: { draws: 2000, seed: 1 },
    },
  };
};

let browser: Browser;
let folder: string;

beforeAll(async () => {
  browser = await launchChromium();
  folder = await mkdtemp(join(tmpdir(), 'waymark-report-'));
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Opens a report and hears everything it complains about or asks for. */
async function shown(record: AnalysisRecord, name: string): Promise<{ page: Page; heard: string[] }> {
  const [file = ''] = await writeReport(record, join(folder, name));
  const page = await browser.newPage({ locale: 'en-GB' });
  page.setDefaultTimeout(120_000);
  const heard: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') heard.push(message.text());
  });
  page.on('request', (request) => {
    if (!/^(file|data):/.test(request.url())) heard.push(`asked elsewhere: ${request.url()}`);
  });
  await page.goto(pathToFileURL(file).href);
  return { page, heard };
}

const reports: [string, () => AnalysisRecord][] = [
  ['an open report', open],
  ['a report with every section', withEverything],
  ['a withheld report', () => ({ ...open(), withheld: true })],
];

describe.each(reports)('%s', (name, record) => {
  it('has no accessibility violation, no refused resource and no sideways scroll at three widths', async () => {
    const { page, heard } = await shown(record(), name.replaceAll(' ', '-'));
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

it('draws every figure inside its frame, at any width', async () => {
  const { page } = await shown(withEverything(), 'figures');
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    const outside = await page.evaluate(() => {
      interface Box {
        left: number;
        right: number;
        width: number;
      }
      interface Drawn {
        textContent: string;
        getBoundingClientRect(): Box;
        querySelectorAll(what: string): Iterable<Drawn>;
      }
      const { document } = globalThis as unknown as {
        document: { querySelectorAll(what: string): Iterable<Drawn> };
      };
      return [...document.querySelectorAll('figure svg[role=img]')].flatMap((svg) => {
        const frame = svg.getBoundingClientRect();
        return [...svg.querySelectorAll('text')]
          .filter((text) => {
            const box = text.getBoundingClientRect();
            return box.width > 0 && (box.left < frame.left - 1 || box.right > frame.right + 1);
          })
          .map((text) => text.textContent);
      });
    });
    expect(outside, `${width}`).toEqual([]);
  }
  await page.close();
});

it('prints what is folded away on the screen', async () => {
  const { page } = await shown(open(), 'print');
  await page.emulateMedia({ media: 'print' });
  expect(await page.locator('pre', { hasText: 'Randomised (n =' }).isVisible()).toBe(true);
  expect(await page.getByRole('cell', { name: 'Does it help?' }).isVisible()).toBe(true);
  expect(await page.getByRole('navigation', { name: 'Contents' }).isVisible()).toBe(false);
  await page.close();
});
