// Keeps the pictures of the documentation current, from pages over the made-up store: npm run screenshots [-- <folder>]
import { buildPortal } from '../../services/portal/app.ts';
import { fakeStore, keys, NOW } from './fake-store.ts';
import { takeScreenshots } from './screenshots.ts';

const [folder] = process.argv.slice(2);
if (folder === '--help') {
  process.stdout.write('Usage: npm run screenshots [-- <folder, docs/images unless given>]\n');
  process.exit(0);
}
const app = buildPortal({ store: fakeStore(), clock: () => NOW });
try {
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const target = folder ?? new URL('../../docs/images', import.meta.url).pathname;
  for (const file of await takeScreenshots(address, keys.operator, target, ['phone', 'desktop']))
    process.stdout.write(`${file}\n`);
} finally {
  await app.close();
}
