// One real broker behind two addresses, told to its clients as two brokers that lead half of the partitions each, until the
// second is lost in the middle of a send: it dies with messages in hand once the first has answered for its own, which takes all over.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

const [PRODUCE, METADATA] = [0, 3];
/** The layout of metadata that is written here, and the newest that kafkajs 2.2.4 asks for. */
const METADATA_VERSION = 6;
const HOST = '127.0.0.1';

/** Calls back with each message of Kafka's protocol, without the length before it. */
function messagesOf(socket: Socket, each: (message: Buffer) => void): void {
  let held = Buffer.alloc(0);
  socket.on('data', (piece) => {
    held = Buffer.concat([held, piece]);
    while (held.length >= 4 && held.length >= 4 + held.readInt32BE(0)) {
      const end = 4 + held.readInt32BE(0);
      each(held.subarray(4, end));
      held = held.subarray(end);
    }
  });
}

function write(socket: Socket, message: Buffer): void {
  const length = Buffer.alloc(4);
  length.writeInt32BE(message.length);
  socket.write(Buffer.concat([length, message]));
}

/** An answer to a question for metadata, with other brokers (numbered from 1, by port) and other leaders. */
function told(answer: Buffer, ports: readonly number[], leaderOf: (partition: number) => number): Buffer {
  let at = 8;
  const skipText = (): void => {
    at += 2 + Math.max(0, answer.readInt16BE(at));
  };
  const each = (one: () => void): void => {
    const count = answer.readInt32BE(at);
    at += 4;
    for (let left = count; left > 0; left -= 1) one();
  };
  const skipNumbers = (): void =>
    each(() => {
      at += 4;
    });
  each(() => {
    at += 4;
    skipText();
    at += 4;
    skipText();
  });
  const brokers = ports.map((port, index) => {
    const one = Buffer.alloc(12 + HOST.length);
    one.writeInt32BE(index + 1, 0);
    one.writeInt16BE(HOST.length, 4);
    one.write(HOST, 6);
    one.writeInt32BE(port, 6 + HOST.length);
    one.writeInt16BE(-1, 10 + HOST.length);
    return one;
  });
  const count = Buffer.alloc(4);
  count.writeInt32BE(ports.length);
  const rest = at;
  skipText();
  answer.writeInt32BE(1, at);
  at += 4;
  each(() => {
    at += 2;
    skipText();
    at += 1;
    each(() => {
      answer.writeInt32BE(leaderOf(answer.readInt32BE(at + 2)), at + 6);
      at += 10;
      for (let list = 0; list < 3; list += 1) skipNumbers();
    });
  });
  return Buffer.concat([answer.subarray(0, 8), count, ...brokers, answer.subarray(rest)]);
}

/**
 * Even partitions are the first's, odd ones the second's.
 * @param real the one broker's `host:port`
 * @returns the first's address; whether the second has been lost
 */
export async function twoBrokers(
  real: string,
): Promise<{ address: string; lost: () => boolean; close: () => Promise<void> }> {
  const [host = '', port] = real.split(':');
  const open = [new Set<Socket>(), new Set<Socket>()];
  const ports: number[] = [];
  let lost = false;
  let hasAnswered = (): void => {};
  const firstAnswered = new Promise<void>((resolve) => {
    hasAnswered = resolve;
  });
  const servers = open.map((sockets, index) =>
    createServer((client) => {
      const behind = connect({ host, port: Number(port) });
      const asked = new Map<number, number>();
      for (const [one, other] of [
        [client, behind],
        [behind, client],
      ] as const) {
        sockets.add(one);
        one.on('error', () => {});
        one.on('close', () => other.destroy());
      }
      messagesOf(client, (question) => {
        const [api, version] = [question.readInt16BE(0), question.readInt16BE(2)];
        if (api === METADATA && version !== METADATA_VERSION)
          throw new Error(`metadata of version ${version} is not known here`);
        asked.set(question.readInt32BE(4), api);
        if (api === PRODUCE && index === 1) void firstAnswered.then(lose);
        else write(behind, question);
      });
      messagesOf(behind, (answer) => {
        const api = asked.get(answer.readInt32BE(0));
        asked.delete(answer.readInt32BE(0));
        const leaderOf = (partition: number): number => (lost ? 1 : 1 + (partition % 2));
        write(client, api === METADATA ? told(answer, lost ? ports.slice(0, 1) : ports, leaderOf) : answer);
        if (api === PRODUCE) hasAnswered();
      });
    }).listen(0, HOST),
  );
  function end(index: number): void {
    servers[index]?.close();
    for (const socket of open[index] ?? []) socket.destroy();
  }
  function lose(): void {
    lost = true;
    end(1);
  }
  await Promise.all(servers.map((server) => once(server, 'listening')));
  ports.push(...servers.map((server) => (server.address() as AddressInfo).port));
  return {
    address: `${HOST}:${ports[0]}`,
    lost: () => lost,
    close: async () => {
      const closed = Promise.all(servers.filter((one) => one.listening).map((one) => once(one, 'close')));
      end(0);
      end(1);
      await closed;
    },
  };
}
