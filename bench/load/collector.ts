// An OpenTelemetry collector that only counts: what it does with a span must not weigh on what is measured.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Every span of OTLP's JSON has one; what is within a span has none of its own. */
const A_SPAN = '"startTimeUnixNano"';

export interface Collector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  endpoint: string;
  /** How many came so far. */
  spans(): number;
  close(): Promise<void>;
}

export async function collector(): Promise<Collector> {
  let spans = 0;
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    spans += Buffer.concat(pieces).toString('latin1').split(A_SPAN).length - 1;
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => spans,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
