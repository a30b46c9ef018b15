// A network that can be made slow, or half-open: connections stay, and nothing comes through.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface Network {
  port: number;
  /** Milliseconds that every piece waits from now on. */
  slow(milliseconds: number): void;
  /** Whether what is sent disappears, in both directions; connections that lived through it are cut when it ends. */
  halfOpen(on: boolean): void;
  close(): Promise<void>;
}

/** @param target where connections go */
export async function network(target: { host: string; port: number }): Promise<Network> {
  const open = new Set<Socket>();
  let [wait, dark] = [0, false];
  const carry = (from: Socket, to: Socket): void => {
    let turn = Promise.resolve();
    from.on('data', (piece) => {
      if (dark) return;
      const due = Date.now() + wait;
      turn = turn.then(async () => {
        if (due > Date.now()) await pause(due - Date.now());
        if (to.writable) to.write(piece);
      });
    });
    from.on('close', () => to.destroy());
    from.on('error', () => to.destroy());
    open.add(from);
    from.on('close', () => open.delete(from));
  };
  const server = createServer((client) => {
    const behind = connect(target);
    carry(client, behind);
    carry(behind, client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    slow: (milliseconds) => {
      wait = milliseconds;
    },
    halfOpen: (on) => {
      dark = on;
      if (!on) for (const socket of open) socket.destroy();
    },
    close: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
