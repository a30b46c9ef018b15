// A real Chromium: the one named in CHROMIUM_PATH, the one inside the npm package, or one from the PATH.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import sparticuz from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

const args = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-gpu',
  '--font-render-hinting=none',
];

function onPath(): string | null {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // not here
      }
    }
  }
  return null;
}

/** The browser in the package runs on Linux x64 only. */
async function executable(): Promise<string> {
  const given = process.env.CHROMIUM_PATH;
  if (given) return given;
  if (process.platform === 'linux' && process.arch === 'x64') return sparticuz.executablePath();
  const found = onPath();
  if (found) return found;
  throw new Error('No Chromium was found: install one, or set CHROMIUM_PATH to its executable.');
}

export async function launchChromium(): Promise<Browser> {
  const root = process.getuid?.() === 0;
  return chromium.launch({
    executablePath: await executable(),
    headless: true,
    args: root ? ['--no-sandbox', ...args] : args,
  });
}
