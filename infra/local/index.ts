// The local stack without Docker: PostgreSQL, Kafka and Temporal as real processes that never outlive who started them.
export { down } from './down.ts';
export { type Guarded, type GuardedSpec, spawnGuarded } from './guarded.ts';
export { type Home, homeAt } from './home.ts';
export { type RunningStack, type ServiceSpec, type UpOptions, up } from './stack.ts';
export { readAddresses } from './stack-file.ts';
export { type PartStatus, type StackStatus, status } from './status.ts';
export { testServerPath } from './test-server.ts';
