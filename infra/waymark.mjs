#!/usr/bin/env node
// The `waymark` command of a checkout.
import { launch } from './launch.mjs';

await launch(async (argv) => {
  let api;
  try {
    api = await import('tsx/esm/api');
  } catch {
    process.stderr.write('The packages are not installed; run: npm ci\n');
    return 2;
  }
  api.register();
  const { main } = await import('../services/command/main.ts');
  return main(argv);
});
