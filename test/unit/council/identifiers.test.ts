// Identifiers planted in every field of every format never come out: not in messages, reports, pages, errors, on the
// terminal, in the spool or over the network. What may hold them is the quarantine, which is the council's own.
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { main } from '../../../services/command/main.ts';
import { generateKey } from '../../../services/council/key-file.ts';
import { baseOf, everything, identifiers, leaksOf, type Planting, traces } from './planted-leaks.ts';
import { formats, type Planted } from './planting.ts';
import { COUNCIL, folder } from './support.ts';

/** Every field of a format with a value of its own, of which only some are looked at. */
function* turns(plant: (value: string) => Generator<Planted>): Generator<Planting> {
  const values = Object.values(identifiers);
  const born = values.indexOf(identifiers.born);
  const all = values.map((value) => plant(value));
  for (let at = 0; ; at += 1) {
    for (const [turn, planted] of all.map((one) => one.next()).entries()) {
      if (planted.done) return;
      if (planted.value.field.includes(',')) continue;
      if (turn === born || turn === at % values.length) yield [planted.value, values[turn]!, false];
    }
  }
}

function* together(planted: Generator<Planted>): Generator<Planting> {
  for (const one of planted) yield [one, everything, true];
}

describe.each(formats)('planted in every field of $name', ({ files, plant }) => {
  it('all identifiers together stay inside', async () => {
    const base = await baseOf(files);
    expect(base.size).toBeGreaterThan(4);
    const { places, leaked } = await leaksOf(together(plant(files, everything)), base);
    expect(leaked).toEqual([]);
    expect(places).toBeGreaterThan(150);
  });

  // Every field meets the day of birth and one other of them, in turn.
  it('each of them alone stays inside, and no field takes one for its own', async () => {
    const base = await baseOf(files);
    const { leaked } = await leaksOf(
      turns((one) => plant(files, one)),
      base,
    );
    expect(leaked).toEqual([]);
  });
});

const here = folder();
const key = here.path('study.key');
const apiKey = here.path('api.key');
let server: Server;
/** Everything that reached the network. */
let wire = '';

beforeAll(async () => {
  await generateKey(key);
  chmodSync(here.write('api.key', 'a-council-key'), 0o600);
  server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const lines = gunzipSync(Buffer.concat(pieces)).toString();
      wire += `${request.url} ${JSON.stringify(request.headers)}\n${lines}\n`;
      const refusal = { line: 1, code: 'bad-field', field: 'data.state', reason: 'is invented' };
      response.writeHead(422, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ accepted: lines.split('\n').length - 1, rejected: [refusal] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => server.close());

/** Sends files with everything that can be written beside them; gives all that was printed, written and sent. */
async function sent(files: string[], quarantine: string): Promise<string> {
  wire = '';
  let printed = '';
  const take = (text: unknown) => {
    printed += String(text);
    return true;
  };
  const spies = [process.stdout, process.stderr].map((out) =>
    vi.spyOn(out, 'write').mockImplementation(take),
  );
  const spool = here.path('spool');
  const made = ['report.html', 'report.json', 'unlinked.csv'].map((name) => here.path(name));
  const { port } = server.address() as AddressInfo;
  try {
    await main([
      ...['council', 'send', ...files, '--council', COUNCIL, '--key', key, '--api-key-file', apiKey],
      ...['--gateway', `http://127.0.0.1:${port}`, '--spool', spool, '--reference-date', '2025-12-01'],
      ...['--report', made[0]!, '--unlinked', made[2]!, '--quarantine', quarantine],
    ]);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  const kept = readdirSync(spool).map((name) => `${spool}/${name}`);
  const written = [...made, ...kept]
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8'));
  rmSync(spool, { recursive: true, force: true });
  return [printed, ...written, wire].join('\n');
}

describe('waymark council send', () => {
  it.each(formats)('of $name prints, writes and sends none of them', async ({ files, plant }) => {
    // One place in forty: what differs from the tests above is the way out, which is the same for all of them.
    let place = 0;
    let lines = 0;
    for (const planted of plant(files, everything)) {
      place += 1;
      if (place % 40 !== 1) continue;
      const paths = Object.entries(planted.files).map(([name, text]) => here.write(name, text));
      const output = await sent(paths, here.path('quarantine'));
      expect([planted.field, traces(output)]).toEqual([planted.field, []]);
      lines += wire.split('\n').length;
    }
    expect(lines).toBeGreaterThan(10);
  });

  it('of the quarantine itself, not mended, sends no row of it', async () => {
    const quarantine = here.path('kept');
    const bad = here.write(
      'episodes.csv',
      `CHILD,DECOM,RNE,LS,HOME_POST\n1,soon,S,C2,${identifiers.postcode}\n1,2025-01-01,S,C2,${identifiers.postcode}\n`,
    );
    await sent([bad], quarantine);
    const kept = readdirSync(quarantine).map((name) => `${quarantine}/${name}`);
    expect(kept.length).toBe(1);
    expect(traces(readFileSync(kept[0]!, 'utf8')).length).toBe(2);
    const output = await sent(kept, here.path('kept-again'));
    expect(traces(output)).toEqual([]);
    expect(wire).toContain('waymark.case.care-episode.v1');
    expect(wire).not.toMatch(/WAYMARK_REASON|CHILD,/);
    // Nor does a row pass that calls itself a converted message.
    const forged = here.write('forged.ndjson', `{"specversion":"1.0","note":"${everything}"}\n`);
    expect(traces(await sent([forged], here.path('kept-again')))).toEqual([]);
    expect(wire).toBe('');
  });
});
