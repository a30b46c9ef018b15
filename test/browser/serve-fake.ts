// Serves the portal over the made-up store, to look at pages while writing them: npx tsx test/browser/serve-fake.ts 4100
import { buildPortal } from '../../services/portal/app.ts';
import { fakeStore, keys, NOW } from './fake-store.ts';

const app = buildPortal({ store: fakeStore(), clock: () => NOW });
const address = await app.listen({ host: '127.0.0.1', port: Number(process.argv[2] ?? 0) });
process.stdout.write(`${address}/sign-in?key=${keys.operator}\n`);
