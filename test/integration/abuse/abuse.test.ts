// What somebody means harm with, sent to the real servers over the real store: nothing is opened, run, written or believed.
// docs/threat-model.md says which test shows which abuse; those of sign-in, sockets and returns stand with their parts.
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect as connectSocket } from 'node:net';
import { Writable } from 'node:stream';
import type { LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matrix, ruleOf } from '../../../services/access/matrix.ts';
import { createKey } from '../../../services/platform/access.ts';
import { routesOf } from '../access/routes.ts';
import { newAddress, type Servers, type Service, startServers } from '../access/servers.ts';

const services = ['portal', 'gateway', 'allocation'] as const;
const LEAST = 60;
const logged: string[] = [];
const log = pino(
  { level: 'trace' },
  new Writable({
    write(chunk, _encoding, done) {
      logged.push(String(chunk));
      done();
    },
  }),
);
let servers: Servers;
const addresses = new Map<Service, { port: number; url: string }>();

beforeAll(async () => {
  servers = await startServers(log, LEAST);
  for (const service of services) {
    const url = await servers.app(service).listen({ host: '127.0.0.1', port: 0 });
    addresses.set(service, { url, port: (servers.app(service).server.address() as AddressInfo).port });
  }
});
afterAll(() => servers.stop());

/** Rows of every table, and the names of all tables: what an injected statement would change. Left out: what notes that somebody asked. */
async function standing(): Promise<string> {
  const { owner } = servers;
  const tables = await owner<{ name: string }[]>`
    select c.relname as name
    from pg_class c where c.relnamespace = 'waymark'::regnamespace and c.relkind in ('r', 'p')
      and c.relname not in ('audit_entry', 'audit_head', 'audit_pending', 'refused_line', 'key_use') order by 1`;
  const rows: [string, string][] = [];
  for (const { name } of tables) {
    const [row] = await owner<{ n: bigint }[]>`select count(*) as n from waymark.${owner(name)}`;
    rows.push([name, String(row?.n)]);
  }
  return JSON.stringify(rows);
}

const statements = [
  "' or '1'='1",
  "first' or true --",
  "'; drop table waymark.participant; --",
  "first'; update waymark.access_grant set role = 'operator'; --",
  "first' union select key_hash::text, null from waymark.api_key --",
  '$1',
  "\\'; select pg_sleep(5); --",
  "first%' and slug like '%",
  '{"$gt": ""}',
  "E'\\x27'",
  'first\u0000',
];

describe('SQL in everything that is read', () => {
  it('of an address finds nothing and changes nothing', async () => {
    const before = await standing();
    const roles = ['operator', 'evaluator', 'council'] as const;
    const cookies = new Map<string, string>();
    for (const role of roles) cookies.set(role, await servers.signIn('portal', role));
    const mine = await servers.signIn('allocation', 'allocator');
    let tried = 0;
    for (const service of services)
      for (const { method, path } of routesOf(servers.app(service)))
        for (const text of statements) {
          const at = path.includes(':slug') ? path.replace(':slug', encodeURIComponent(text)) : path;
          const url = `${at}?outcome=${encodeURIComponent(text)}&before=${encodeURIComponent(text)}&next=${encodeURIComponent(text)}`;
          if (method !== 'GET' || path.startsWith('/assets/')) continue;
          const asker = service === 'gateway' ? 'council' : 'operator';
          const answers = ruleOf(service, method, path)?.answers;
          const opener = roles.find((role) => answers?.[role] !== 'refused') ?? 'operator';
          const answer = await servers.app(service).inject({
            url,
            remoteAddress: newAddress(),
            headers: {
              cookie: service === 'allocation' ? mine : (cookies.get(opener) ?? ''),
              ...((service === 'gateway' || path.startsWith('/api/')) && {
                authorization: `Bearer ${servers.key(asker)}`,
              }),
            },
          });
          tried += 1;
          expect(
            [200, 303, 400, 404, 422, ...(path.startsWith('/sign-in/') ? [503] : [])],
            `${url}: ${answer.body.slice(0, 200)}`,
          ).toContain(answer.statusCode);
          if (path.includes(':slug')) expect(answer.statusCode, url).not.toBe(200);
        }
    expect(tried).toBeGreaterThan(200);
    expect(await standing()).toBe(before);
  });

  it('of a key, a form or a line signs nobody in and changes nothing', async () => {
    const before = await standing();
    for (const text of statements) {
      for (const service of ['portal', 'allocation'] as const) {
        const answer = await servers.app(service).inject({
          method: 'POST',
          url: '/sign-in',
          remoteAddress: newAddress(),
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          payload: new URLSearchParams({ key: text, next: text }).toString(),
        });
        expect([400, 401], text).toContain(answer.statusCode);
      }
      const sent = await servers.app('gateway').inject({
        method: 'POST',
        url: '/v1/events',
        headers: {
          authorization: `Bearer ${servers.key('council')}`,
          'content-type': 'application/x-ndjson',
        },
        payload: `${JSON.stringify({ specversion: text, id: text, source: text, type: text, subject: text, data: text })}\n`,
      });
      expect(sent.statusCode, text).toBe(422);
      const asked = await servers.app('allocation').inject({
        method: 'POST',
        url: '/v1/allocations',
        remoteAddress: newAddress(),
        headers: { authorization: `Bearer ${servers.key('allocator')}` },
        payload: { evaluation: text, unit: text, levels: { [text]: text } },
      });
      expect([404, 422], text).toContain(asked.statusCode);
    }
    expect(await standing()).toBe(before);
  });
});

/** One request exactly as it is written, over a socket of its own. */
const raw = (service: Service, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connectSocket(addresses.get(service)!.port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });

describe('a path out of where it should stay', () => {
  const ways = [
    '/assets/../package.json',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/etc/passwd',
    '/assets/....//....//etc/passwd',
    '/assets/..\\..\\etc\\passwd',
    '/assets/%5c..%5c..%5cetc%5cpasswd',
    '/assets//etc/passwd',
    '/assets/x%00.css',
    '/evaluations/..%2f..%2fetc%2fpasswd/outcomes.csv',
    '/evaluations/first%2f..%2fsecond/outcomes.csv',
    '/evaluations/first/../second/outcomes.csv',
    '/evaluations/../../etc/passwd',
    '//etc/passwd',
    '/../../../../etc/passwd',
    '/%c0%ae%c0%ae/etc/passwd',
  ];
  it.each(services)('leads nowhere in %s, as it is written on the wire', async (service) => {
    const who =
      service === 'gateway'
        ? `Authorization: Bearer ${servers.key('council')}`
        : `Cookie: ${await servers.signIn(service, service === 'portal' ? 'researcher' : 'allocator')}`;
    for (const path of ways) {
      const answer = await raw(
        service,
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${who}\r\nConnection: close\r\n\r\n`,
      );
      expect(answer, path).toMatch(/^HTTP\/1\.1 (4\d\d|303)/);
      expect(answer, path).not.toMatch(/root:|"waymark"|second evaluation/i);
    }
  });

  it('names no file of its own in a download', async () => {
    const cookie = await servers.signIn('portal', 'researcher');
    const answer = await servers
      .app('portal')
      .inject({ url: '/evaluations/first/outcomes.csv', headers: { cookie } });
    expect(answer.headers['content-disposition']).toBe('attachment; filename="first-outcomes.csv"');
  });
});

describe('a line feed where none belongs', () => {
  const broken = [
    'x\r\nset-cookie: waymark_session=mine',
    'x%0d%0aset-cookie:%20waymark_session=mine',
    'x\u2028y',
    'x\u0085y',
  ];

  it('makes no header of an answer', async () => {
    for (const text of broken) {
      for (const url of [
        `/sign-in?next=/${encodeURIComponent(text)}`,
        `/sign-in/start?next=/${encodeURIComponent(text)}`,
        `/evaluations/${encodeURIComponent(text)}`,
        `/feeds?x=${encodeURIComponent(text)}`,
      ]) {
        const answer = await servers.app('portal').inject({ url, remoteAddress: newAddress() });
        expect(String(answer.headers['set-cookie'] ?? ''), url).not.toContain('mine');
        expect(String(answer.headers.location ?? ''), url).not.toMatch(/[\r\n]/);
      }
    }
  });

  it('makes no line of the log, and a log line stays one JSON object', async () => {
    logged.length = 0;
    const forged = '"}\n{"level":60,"msg":"all councils erased by the operator"}\n{"x":"';
    for (const service of services) {
      await raw(
        service,
        `GET /v1/${encodeURIComponent(forged)} HTTP/1.1\r\nHost: ${'a'.repeat(20)}\r\nUser-Agent: ${encodeURI(forged)}\r\nX-Forwarded-For: ${encodeURI(forged)}\r\nConnection: close\r\n\r\n`,
      );
      await servers.app(service).inject({
        method: 'POST',
        url: service === 'gateway' ? '/v1/events' : '/sign-in',
        remoteAddress: newAddress(),
        headers: {
          authorization: `Bearer ${servers.key('council')}`,
          'content-type':
            service === 'gateway' ? 'application/x-ndjson' : 'application/x-www-form-urlencoded',
          'waymark-delivery': encodeURIComponent(forged),
        },
        payload: new URLSearchParams({ key: forged }).toString(),
      });
    }
    for (const line of logged) {
      expect(line.trimEnd().split('\n')).toHaveLength(1);
      expect((JSON.parse(line) as { msg?: string }).msg ?? '').not.toContain('erased');
    }
  });

  it('makes no entry of the audit log but its own', async () => {
    await servers.owner`select waymark.audit('refused', ${JSON.stringify({ said: '"}\n{"seq": 1' })}::text::jsonb)`;
    const [last] = await servers.owner<{ entry: string }[]>`
      select entry from waymark.audit_entry order by seq desc limit 1`;
    expect(last?.entry).not.toContain('\n');
    expect(JSON.parse(last?.entry ?? '').what.said).toBe('"}\n{"seq": 1');
  });
});

describe('a form that another website sends', () => {
  it('does nothing, on every route that takes one', async () => {
    const forms = matrix.filter(({ method, service }) => method === 'POST' && service !== 'gateway');
    expect(forms.length).toBeGreaterThan(4);
    for (const { service, path } of forms) {
      if (service === 'gateway' || path.startsWith('/v1/')) continue;
      for (const headers of [
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { origin: 'https://elsewhere.example' },
      ]) {
        const cookie = await servers.signIn(service, service === 'portal' ? 'operator' : 'allocator');
        const answer = await servers.app(service).inject({
          method: 'POST',
          url: path.replace(':slug', 'first'),
          remoteAddress: newAddress(),
          headers: { cookie, 'content-type': 'application/x-www-form-urlencoded', ...headers },
          payload: `key=${servers.key(service === 'portal' ? 'operator' : 'allocator')}&role=0`,
        });
        expect(answer.statusCode, `${service} ${path}`).toBe(403);
        expect(answer.headers['set-cookie']).toBeUndefined();
        const still = await servers.app(service).inject({ url: '/', headers: { cookie } });
        expect(still.statusCode, 'the session stands').toBe(200);
      }
    }
  });

  it('cannot come along with a machine’s key: a browser never sends one by itself', async () => {
    const answer = await servers.app('allocation').inject({
      method: 'POST',
      url: '/v1/allocations',
      remoteAddress: newAddress(),
      headers: {
        cookie: await servers.signIn('allocation', 'allocator'),
        'content-type': 'application/json',
      },
      payload: '{}',
    });
    expect(answer.statusCode).toBe(401);
  });

  it('finds its cookie kept from it', async () => {
    for (const service of ['portal', 'allocation'] as const) {
      const answer = await servers.app(service).inject({
        method: 'POST',
        url: '/sign-in',
        remoteAddress: newAddress(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: `key=${servers.key(service === 'portal' ? 'operator' : 'allocator')}`,
      });
      expect(String(answer.headers['set-cookie'])).toMatch(/HttpOnly; SameSite=Strict/);
    }
  });
});

describe('markup in whatever somebody else wrote', () => {
  const markup = `"><img src=x onerror=alert(1)><script>alert('x')</script>&'`;
  /** Every place where text of a council, an evaluator or a label reaches a page, filled with markup in the store itself. */
  beforeAll(async () => {
    const { owner } = servers;
    await owner`alter table waymark.evaluation disable trigger user`;
    await owner`update waymark.evaluation set protocol = jsonb_set(jsonb_set(jsonb_set(jsonb_set(protocol,
      '{title}', to_jsonb(${markup}::text)), '{question}', to_jsonb(${markup}::text)),
      '{arms}', jsonb_build_object('trial', ${`1${markup}`}::text, 'comparison', ${`2${markup}`}::text)),
      '{outcomes,0,title}', to_jsonb(${markup}::text))`;
    await owner`alter table waymark.evaluation enable trigger user`;
    await owner`update waymark.council set name = name || ${markup}`;
    await owner`insert into waymark.quarantine (topic, partition, "offset", council, code, field, reason, payload_sha256)
      values ('t', 0, 0, 'E09000001', 'bad-field', ${markup}, ${markup}, '\\x00')`;
  });

  it('is text on every page, problem page and download', async () => {
    const key = await createKey(servers.owner, { label: markup, role: 'operator', council: null });
    const signed = await servers.app('portal').inject({
      method: 'POST',
      url: '/sign-in',
      remoteAddress: newAddress(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ key }).toString(),
    });
    const cookie = String(signed.headers['set-cookie']).split(';')[0] ?? '';
    const paths = routesOf(servers.app('portal'))
      .filter(
        ({ method, path }) =>
          method === 'GET' && !/^\/(assets|api|health|sign-in\/(start|callback))/.test(path),
      )
      .map(({ path }) => path.replace(':slug', 'first'));
    const hostile = encodeURIComponent(markup);
    let shown = 0;
    for (const path of [
      ...paths,
      `/evaluations/first?outcome=${hostile}`,
      `/evaluations/${hostile}`,
      `/${hostile}`,
      `/sign-in?next=/${hostile}`,
    ]) {
      const answer = await servers.app('portal').inject({ url: path, headers: { cookie } });
      if (/^(text\/csv|application\/vnd\.apache\.parquet)/.test(String(answer.headers['content-type'])))
        continue;
      expect(answer.body, path).not.toContain('<img src=x');
      expect(answer.body, path).not.toContain('<script>alert');
      if (answer.body.includes('onerror=alert')) shown += 1;
    }
    expect(shown, 'pages that do show the text').toBeGreaterThan(4);
  });

  it('is text in the allocation service', async () => {
    const cookie = await servers.signIn('allocation', 'allocator');
    for (const [method, url, payload] of [
      ['GET', `/trials/${encodeURIComponent(markup)}`, ''],
      ['POST', '/sign-in', new URLSearchParams({ key: markup }).toString()],
    ] as const) {
      const answer = await servers.app('allocation').inject({
        method,
        url,
        remoteAddress: newAddress(),
        headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
        ...(method === 'POST' && { payload }),
      });
      expect(answer.body).not.toContain('<img src=x');
    }
  });

  it('is no formula in a download', async () => {
    const { owner } = servers;
    await owner`alter table waymark.evaluation disable trigger user`;
    for (const start of ['=', '+', '-', '@', '\t', '\r']) {
      await owner`update waymark.evaluation set protocol =
        jsonb_set(protocol, '{outcomes,0,title}', to_jsonb(${`${start}HYPERLINK("http://x","y")`}::text))`;
      const portal = servers.portalAnew();
      const signed = await portal.inject({ url: `/sign-in?key=${servers.key('researcher')}` });
      const cookie = String(signed.headers['set-cookie']).split(';')[0] ?? '';
      const { body } = await portal.inject({ url: '/evaluations/first/outcomes.csv', headers: { cookie } });
      expect(body).toContain('HYPERLINK');
      for (const line of body.split('\r\n')) expect(line, start).not.toMatch(/(^|,)"?[=+\-@\t\r]H/);
    }
    await owner`alter table waymark.evaluation enable trigger user`;
  });
});

describe('guessing', () => {
  const attempts = async (
    service: Service,
    times: number,
    attempt: (at: number) => Promise<LightMyRequestResponse>,
  ) => {
    const codes: number[] = [];
    for (let at = 0; at < times; at += 1) codes.push((await attempt(at)).statusCode);
    expect(codes[0], service).toBe(401);
    expect(codes.at(-1), service).toBe(429);
    return codes.indexOf(429);
  };
  const bearer = (service: Service, method: 'GET' | 'POST', url: string, address: string) => (at: number) =>
    servers.app(service).inject({
      method,
      url,
      remoteAddress: address,
      headers: { authorization: `Bearer wk_guess${at}_0000000000` },
    });
  const form = (service: Service, address: string) => (at: number) =>
    servers.app(service).inject({
      method: 'POST',
      url: '/sign-in',
      remoteAddress: address,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: `key=wk_guess${at}_0000000000`,
    });

  it('keys is stopped at every door, and a right key from elsewhere still works', async () => {
    const bad = newAddress();
    expect(
      await attempts('portal', 40, bearer('portal', 'GET', '/api/v1/evaluations', bad)),
    ).toBeLessThanOrEqual(31);
    expect(await attempts('portal', 12, form('portal', newAddress()))).toBeLessThanOrEqual(11);
    expect(await attempts('gateway', 70, bearer('gateway', 'POST', '/v1/events', bad))).toBeLessThanOrEqual(
      61,
    );
    expect(
      await attempts('allocation', 40, bearer('allocation', 'POST', '/v1/allocations', bad)),
    ).toBeLessThanOrEqual(31);
    expect(await attempts('allocation', 12, form('allocation', newAddress()))).toBeLessThanOrEqual(11);
    const right = await servers.app('portal').inject({
      url: '/api/v1/evaluations',
      remoteAddress: newAddress(),
      headers: { authorization: `Bearer ${servers.key('researcher')}` },
    });
    expect(right.statusCode).toBe(200);
  });

  it('is not helped by naming another address', async () => {
    const address = newAddress();
    let last = 0;
    for (let at = 0; at < 12; at += 1) {
      const answer = await servers.app('portal').inject({
        method: 'POST',
        url: '/sign-in',
        remoteAddress: address,
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-for': newAddress() },
        payload: 'key=wk_wrong_0000000000',
      });
      last = answer.statusCode;
    }
    expect(last).toBe(429);
  });
});

it('an allocation takes its least time whatever the answer is: asked first, asked again, or refused', async () => {
  const ask = async (payload: object) => {
    const began = performance.now();
    await servers.app('allocation').inject({
      method: 'POST',
      url: '/v1/allocations',
      remoteAddress: newAddress(),
      headers: { authorization: `Bearer ${servers.key('allocator')}` },
      payload,
    });
    return performance.now() - began;
  };
  const unit = `f${'1'.repeat(32)}`;
  for (const payload of [
    { evaluation: 'first', unit },
    { evaluation: 'first', unit },
    { evaluation: 'second', unit },
    { evaluation: 'never', unit },
  ])
    expect(await ask(payload)).toBeGreaterThanOrEqual(LEAST - 1);
});

it('a request smuggled behind another is not answered as somebody’s', async () => {
  const cookie = await servers.signIn('portal', 'researcher');
  const answer = await raw(
    'portal',
    `POST /sign-out HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\n\r\n`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 400/);
  expect(answer).not.toContain('HTTP/1.1 200');
});

it('a body to a page that takes none, or of a form nobody reads, is refused', async () => {
  for (const type of ['application/json', 'text/xml', 'multipart/form-data; boundary=x', '']) {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const { port } = addresses.get('portal')!;
      const sent = httpRequest(
        {
          port,
          host: '127.0.0.1',
          method: 'POST',
          path: '/sign-in',
          headers: type ? { 'content-type': type } : {},
        },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        },
      );
      sent.on('error', reject);
      sent.end('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>');
    });
    expect([400, 415]).toContain(status);
  }
  const large = await servers.app('portal').inject({
    method: 'POST',
    url: '/sign-in',
    remoteAddress: newAddress(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: `key=${'x'.repeat(10_000)}`,
  });
  expect(large.statusCode).toBe(413);
});
