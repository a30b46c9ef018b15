// The first lines of a worker thread: TypeScript is registered here, for a thread does not inherit it on every Node version.
import { register } from 'tsx/esm/api';

register();
await import('./thread.ts');
