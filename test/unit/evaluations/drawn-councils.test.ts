// The log of a draw of councils as a file: what is not the whole log of this protocol's draw is refused, with what is wrong.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { CouncilDraw } from '../../../schemas/protocol/allocation.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import { drawCouncils } from '../../../services/evaluations/allocation/councils.ts';
import { type EntryBody, hashOf, type Logged } from '../../../services/evaluations/allocation/entry.ts';
import { commitmentTo, revealed } from '../../../services/evaluations/allocation/secret.ts';
import { allottedIn } from '../../../services/evaluations/evaluate/allotted-files.ts';

const councils = ['E09000001', 'E09000002', 'E09000003', 'E09000004'];
const design: CouncilDraw = { method: 'stepped-wedge', steps: ['2026-02-01', '2026-05-01'] };
const protocol = { id: 'wedge', unit: 'council', councils, allocation: design } as unknown as Protocol;
const secret = { seed: new Uint8Array(32).fill(7), blockMultiples: [1] };
const commitment = commitmentTo('wedge', design, secret);
const drawn = drawCouncils(design, councils, secret.seed);
const bodies = drawn.map((one): EntryBody => ({ kind: 'council', ...one }));

/** A log whose chain holds, of these bodies. */
function logOf(given: readonly EntryBody[], more: object = {}) {
  let hash = commitment;
  const entries = given.map((body, place): Logged => {
    const entry = {
      evaluation: 'wedge',
      sequence: place + 1,
      at: '2026-01-10T10:00:00.000Z',
      by: 'test',
      body,
    };
    hash = hashOf(hash, entry);
    return { ...entry, hash };
  });
  return {
    evaluation: 'wedge',
    commitment,
    openedAt: '2026-01-10T10:00:00.000Z',
    design,
    revealed: null,
    entries,
    ...more,
  };
}

const folder = mkdtempSync(join(tmpdir(), 'waymark-drawn-'));
afterAll(() => rmSync(folder, { recursive: true }));
function file(content: unknown): string {
  const path = join(folder, 'drawn.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}
const read = (content: unknown, asOf: string | null = null) =>
  allottedIn(protocol, { councils: file(content) }, asOf);

describe('the log of a draw', () => {
  it('says from when each council is in the trial arm, while the seed is sealed and after it is revealed', async () => {
    const days = new Map(drawn.map(({ council, trialFrom }) => [council, trialFrom]));
    expect((await read(logOf(bodies))).councils).toEqual(days);
    expect((await read(logOf(bodies, { revealed: revealed(secret) }))).councils).toEqual(days);
  });

  it('is known from the day of the draw on, in London', async () => {
    expect((await read(logOf(bodies), '2026-01-10')).councils.size).toBe(4);
    expect((await read(logOf(bodies), '2026-01-09')).councils.size).toBe(0);
  });

  const changed = logOf(bodies);
  changed.entries[1] = {
    ...changed.entries[1]!,
    body: { ...bodies[1]!, trialFrom: '2026-08-01' } as EntryBody,
  };
  const [first, ...rest] = bodies as [EntryBody, ...EntryBody[]];
  const assigned: EntryBody = {
    kind: 'assigned',
    council: councils[0]!,
    unit: `f${'1'.repeat(32)}`,
    levels: {},
    eligibility: {},
    arm: 'trial',
  };
  const other = drawn.map(
    ({ council, trialFrom }): EntryBody => ({
      kind: 'council',
      council,
      trialFrom: trialFrom === '2026-02-01' ? '2026-05-01' : '2026-02-01',
    }),
  );
  it.each([
    ['is not JSON', 'council,from', '', 'is not JSON'],
    ['is something else', { participants: [] }, 'evaluation', 'waymark allocation list --json prints'],
    [
      'has a day that is none',
      logOf([{ ...first, trialFrom: '2026-02-30' } as EntryBody, ...rest]),
      'entries.0.body.trialFrom',
      '',
    ],
    ['is of another evaluation', logOf(bodies, { evaluation: 'other' }), 'evaluation', 'log of other'],
    [
      'is of another draw',
      logOf(bodies, { design: { ...design, steps: ['2026-02-01', '2026-06-01'] } }),
      'design',
      'another design',
    ],
    [
      'is of a trial of families',
      logOf(bodies, {
        design: {
          method: 'concealed',
          scheme: { kind: 'simple' },
          ratio: { trial: 1, comparison: 1 },
          eligibility: [],
        },
      }),
      'design.method',
      'entered one by one',
    ],
    ['was changed', changed, 'entries', 'entry 2 is wrong'],
    ['holds a unit', logOf([...bodies, assigned]), 'entries.4.body.kind', 'gives a unit an arm'],
    ['leaves a council out', logOf(rest), 'entries', 'E09000001 begins'],
    [
      'draws a council that is none',
      logOf([...bodies, { ...first, council: 'E09000009' } as EntryBody]),
      'entries.4.body.council',
      'E09000009, which is none',
    ],
    [
      'draws a council twice',
      logOf([...bodies, { ...first, trialFrom: '2026-05-01' } as EntryBody]),
      'entries.4.body.council',
      'E09000001 twice',
    ],
    [
      'is not what the revealed seed gives',
      logOf(other, { revealed: revealed(secret) }),
      'entries',
      'revealed seed',
    ],
  ])('is refused where it %s', async (_, content, field, words) => {
    await expect(read(content)).rejects.toMatchObject({
      code: 'bad-councils',
      message: expect.stringContaining(words),
      place: field === '' ? {} : { field },
    });
  });
});

describe('files beside a protocol', () => {
  const of = (allocation: object, unit: string) => ({ ...protocol, allocation, unit }) as Protocol;
  const log = () => file(logOf(bodies));
  it.each([
    ['no log where councils are drawn', protocol, () => ({}), 'missing-councils', 'councils'],
    [
      'a list where councils are drawn',
      protocol,
      () => ({ allocations: log() }),
      'needless-allocations',
      'allocations',
    ],
    [
      'a log where families are on a list',
      of({ method: 'list' }, 'family'),
      () => ({ councils: log(), allocations: log() }),
      'needless-councils',
      'councils',
    ],
    [
      'a log where the protocol says which councils are in which arm',
      of({ method: 'by-council' }, 'council'),
      () => ({ councils: log() }),
      'needless-councils',
      'councils',
    ],
  ])('are refused: %s', async (_, tried, files, code, field) => {
    await expect(allottedIn(tried, files(), null)).rejects.toMatchObject({ code, place: { field } });
  });
});
