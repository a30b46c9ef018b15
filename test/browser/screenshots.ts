// Takes the pictures of the documentation from a running portal:
//   npx tsx test/browser/screenshots.ts <address> <access key> [folder, docs/images unless given]
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { launchChromium } from './chromium.ts';

const widths = { phone: 320, tablet: 768, desktop: 1280 } as const;

async function pagesOf(page: Page, address: string): Promise<{ name: string; path: string }[]> {
  const answer = await page.request.get(`${address}/api/v1/evaluations`);
  const { evaluations } = (await answer.json()) as { evaluations: { slug: string }[] };
  const first = evaluations[0]?.slug;
  return [
    { name: 'catalogue', path: '/' },
    ...(first
      ? [
          { name: 'outcomes', path: `/evaluations/${first}` },
          { name: 'maturity', path: `/evaluations/${first}/maturity` },
        ]
      : []),
    { name: 'feeds', path: '/feeds' },
  ];
}

/** The top of the outcome dashboard, as the README shows it. */
async function firstScreens(page: Page, folder: string): Promise<string> {
  const path = join(folder, 'dashboard.png');
  await page.setViewportSize({ width: 1280, height: 2200 });
  await page.screenshot({ path });
  return path;
}

/** Signs in once and pictures every page at three widths, `<page>-<width's name>.png`. Returns the files written. */
export async function takeScreenshots(address: string, key: string, folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const browser = await launchChromium();
  const written: string[] = [];
  try {
    const context = await browser.newContext({
      deviceScaleFactor: 1,
      locale: 'en-GB',
      timezoneId: 'Europe/London',
    });
    const page = await context.newPage();
    const take = async (name: string) => {
      for (const [size, width] of Object.entries(widths)) {
        await page.setViewportSize({ width, height: 900 });
        const path = join(folder, `${name}-${size}.png`);
        await page.screenshot({ path, fullPage: true });
        written.push(path);
      }
    };
    await page.goto(`${address}/sign-in`);
    await take('sign-in');
    await page.goto(`${address}/sign-in?key=${encodeURIComponent(key)}`);
    for (const { name, path } of await pagesOf(page, address)) {
      await page.goto(`${address}${path}`);
      await take(name);
      if (name === 'outcomes') written.push(await firstScreens(page, folder));
    }
  } finally {
    await browser.close();
  }
  return written;
}

if (process.argv[1]?.endsWith('screenshots.ts')) {
  const [address, key, folder] = process.argv.slice(2);
  if (!address || !key) {
    process.stderr.write('Usage: npx tsx test/browser/screenshots.ts <address> <access key> [folder]\n');
    process.exit(2);
  }
  const target = folder ?? new URL('../../docs/images', import.meta.url).pathname;
  for (const file of await takeScreenshots(address.replace(/\/$/, ''), key, target))
    process.stdout.write(`${file}\n`);
}
