// An OpenTelemetry collector as far as traces go: what processes post to it over HTTP is kept, as it came and read.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

interface OtlpValue {
  stringValue?: string;
  intValue?: number;
}
interface OtlpAttribute {
  key: string;
  value: OtlpValue;
}
interface OtlpSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: OtlpAttribute[];
  links?: { traceId: string; spanId: string }[];
  events?: { name: string; attributes: OtlpAttribute[] }[];
  status: { code?: number; message?: string };
}
interface OtlpTraces {
  resourceSpans: {
    resource: { attributes: OtlpAttribute[] };
    scopeSpans: { spans: OtlpSpan[] }[];
  }[];
}

export interface SeenSpan extends Omit<OtlpSpan, 'attributes'> {
  service: string;
  attributes: Record<string, string | number | undefined>;
}

export interface Collector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  endpoint: string;
  spans: SeenSpan[];
  /** Everything that was posted, as it came, and the headers of each request. */
  bodies: string[];
  headers: Record<string, string | string[] | undefined>[];
}

const plain = (attributes: readonly OtlpAttribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));

const read = (body: string): SeenSpan[] =>
  (JSON.parse(body) as OtlpTraces).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...span,
        attributes: plain(span.attributes),
        service: String(plain(resource.attributes)['service.name']),
      })),
    ),
  );

export async function collector(): Promise<Collector> {
  const seen: Collector = { endpoint: '', spans: [], bodies: [], headers: [] };
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces).toString('utf8');
    if (request.url === '/v1/traces') {
      seen.bodies.push(body);
      seen.headers.push(request.headers);
      seen.spans.push(...read(body));
    }
    response
      .writeHead(request.url === '/v1/traces' ? 200 : 404, { 'content-type': 'application/json' })
      .end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  seen.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return seen;
}

/** The names from a span up to the root of its trace; what is missing on the way is `?`. */
export function lineage(spans: readonly SeenSpan[], span: SeenSpan): string[] {
  if (!span.parentSpanId) return [span.name];
  const parent = spans.find(
    ({ traceId, spanId }) => traceId === span.traceId && spanId === span.parentSpanId,
  );
  return [span.name, ...(parent ? lineage(spans, parent) : ['?'])];
}
