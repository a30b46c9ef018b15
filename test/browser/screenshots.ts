// Takes the pictures of the documentation from a running portal:
//   npx tsx test/browser/screenshots.ts <address> <access key> [folder, docs/images unless given]
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import UPNG from 'upng-js';
import { launchChromium } from './chromium.ts';

const widths = { phone: 320, tablet: 768, desktop: 1280 } as const;

/** Pictures show how pages look, not all that is on them: so many pixels down, in so many colours. */
const TALLEST = { phone: 3_200, tablet: 2_600, desktop: 2_600 } as const;
const COLOURS = 32;

/** Takes the page from its top, in few colours: a fifth of the bytes. */
async function picture(page: Page, path: string, width: number, tallest: number): Promise<void> {
  const height = await page.evaluate(
    () =>
      (globalThis as unknown as { document: { documentElement: { scrollHeight: number } } }).document
        .documentElement.scrollHeight,
  );
  const clip = { x: 0, y: 0, width, height: Math.min(height, tallest) };
  const whole = UPNG.decode(new Uint8Array(await page.screenshot({ fullPage: true, clip })).buffer);
  await writeFile(path, Buffer.from(UPNG.encode(UPNG.toRGBA8(whole), whole.width, whole.height, COLOURS)));
}

async function pagesOf(page: Page, address: string): Promise<{ name: string; path: string }[]> {
  const answer = await page.request.get(`${address}/api/v1/evaluations`);
  const { evaluations } = (await answer.json()) as { evaluations: { slug: string }[] };
  const first = evaluations[0]?.slug;
  return [
    { name: 'catalogue', path: '/' },
    ...(first
      ? [
          { name: 'outcomes', path: `/evaluations/${first}` },
          { name: 'groups', path: `/evaluations/${first}/groups?horizon=6&by=council` },
          { name: 'effects', path: `/evaluations/${first}/effects` },
          { name: 'analysis', path: `/evaluations/${first}/analysis` },
          { name: 'maturity', path: `/evaluations/${first}/maturity` },
          { name: 'plan', path: `/evaluations/${first}/plan` },
        ]
      : []),
    { name: 'feeds', path: '/feeds' },
    { name: 'service', path: '/service' },
    { name: 'audit', path: '/service/audit' },
  ];
}

/** The top of the outcome dashboard, as the README shows it. */
async function firstScreens(page: Page, folder: string): Promise<string> {
  const path = join(folder, 'dashboard.png');
  await page.setViewportSize({ width: 1280, height: 900 });
  await picture(page, path, 1280, 2_200);
  return path;
}

/** Signs in once and pictures every page at each width, `<page>-<width's name>.png`. Returns the files written. */
export async function takeScreenshots(
  address: string,
  key: string,
  folder: string,
  sizes: readonly (keyof typeof widths)[] = ['phone', 'tablet', 'desktop'],
): Promise<string[]> {
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
      for (const size of sizes) {
        await page.setViewportSize({ width: widths[size], height: 900 });
        const path = join(folder, `${name}-${size}.png`);
        await picture(page, path, widths[size], TALLEST[size]);
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
