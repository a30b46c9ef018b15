// A port is taken only when free; last time's ports are taken again when they still are.
import { createServer, type Server } from 'node:net';
import { UserError } from '../../services/platform/errors.ts';

export const PORT_NAMES = [
  'postgres',
  'kafka',
  'kafkaController',
  'temporal',
  'temporalUi',
  'temporalHttp',
] as const;
export type PortName = (typeof PORT_NAMES)[number];
export type Ports = Record<PortName, number>;

const hold = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server));
  });

const portOf = (server: Server): number => {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
};

/**
 * A port for each name: the asked one, else the remembered one if free, else any free one.
 * @throws UserError `port-busy` naming an asked port that is taken.
 */
export async function choosePorts(asked: Partial<Ports>, remembered: Partial<Ports>): Promise<Ports> {
  const held: [PortName, Server][] = [];
  try {
    for (const name of PORT_NAMES) {
      const wanted = asked[name];
      if (wanted) {
        held.push([name, await hold(wanted).catch(() => Promise.reject(portBusy(wanted, name)))]);
      } else {
        held.push([name, await hold(remembered[name] ?? 0).catch(() => hold(0))]);
      }
    }
    return Object.fromEntries(held.map(([name, server]) => [name, portOf(server)])) as Ports;
  } finally {
    await Promise.all(held.map(([, server]) => new Promise((done) => server.close(done))));
  }
}

/** The one sentence for a port that something else listens on. */
export function portBusy(port: number, name: string): UserError {
  return new UserError(
    'port-busy',
    `Port ${port}, wanted for ${name}, is in use by another process; stop that process or choose another port.`,
  );
}
