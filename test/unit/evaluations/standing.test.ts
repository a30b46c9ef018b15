// Every stage against every stage, and every step at every stage: what is not open is refused, and says why.
import { describe, expect, it } from 'vitest';
import { type LifecycleEntry, type Stage, stages } from '../../../schemas/lifecycle.ts';
import {
  after,
  beginning,
  refusalOf,
  type Signature,
  type Standing,
  type Wanted,
} from '../../../services/evaluations/lifecycle/standing.ts';

const HASH = 'a'.repeat(64);
const signature = (signer: string, publicKey = signer): Signature => ({
  signer,
  name: signer,
  publicKey,
  signature: '',
  protocolHash: HASH,
  at: '2026-01-01T00:00:00Z',
});
const unblinded = { at: '2026-01-01T00:00:00Z', by: 'anna', reason: 'the follow-up is complete' };

/** A standing at which every condition of the next stage is met. */
const at = (stage: Stage, more: Partial<Standing> = {}): Standing => ({
  ...beginning,
  stage,
  protocolHash: HASH,
  entries: 9,
  head: HASH,
  signatures: [signature('anna'), signature('ben')],
  unblinded,
  ...more,
});

const advancing = (standing: Standing, to: Stage) => refusalOf(standing, { kind: 'advanced', to });

describe('of all pairs of stages only the next one is open', () => {
  const pairs = stages.flatMap((from) => stages.map((to) => [from, to] as const));
  it.each(pairs)('%s to %s', (from, to) => {
    const refusal = advancing(at(from), to);
    const isNext = stages.indexOf(to) === stages.indexOf(from) + 1;
    if (isNext && from !== 'closed') expect(refusal).toBeNull();
    else if (from === 'closed') expect(refusal).toMatch(/closed/);
    else if (from === to) expect(refusal).toMatch(/already/);
    else if (stages.indexOf(to) < stages.indexOf(from)) expect(refusal).toMatch(/never gone back/);
    else
      expect(refusal).toBe(
        `The evaluation is ${from}: ${stages[stages.indexOf(from) + 1]} comes before ${to}.`,
      );
  });
});

// One row a step; one column a stage: y open, n refused.
const table = `
            draft registered locked recruiting following analysed released closed
created     n     n          n      n          n         n        n        n
revised     y     y          n      n          n         n        n        n
signed      n     y          n      n          n         n        n        n
deviated    n     n          y      y          y         y        y        n
paused      n     n          n      y          y         n        n        n
resumed     n     n          n      n          n         n        n        n
unblinded   n     n          n      y          y         y        y        n`;

const [head = [], ...rows] = table
  .trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));
const cases = rows.flatMap(([kind = '', ...cells]) =>
  cells.map(
    (cell, column) =>
      [kind as Exclude<Wanted['kind'], 'advanced'>, head[column] as Stage, cell === 'y'] as const,
  ),
);

describe('every step at every stage', () => {
  it.each(cases)('%s when %s: %s', (kind, stage, open) => {
    const refusal = refusalOf(at(stage, { unblinded: null }), { kind });
    if (open) expect(refusal).toBeNull();
    else expect(refusal).toMatch(/^[A-Z].{10,}\.$/);
  });

  it.each(cases)('while paused, %s when %s waits for the resumption, but for deviations', (kind, stage) => {
    const refusal = refusalOf(at(stage, { paused: true, unblinded: null }), { kind });
    if (stage === 'closed') expect(refusal).toMatch(/closed/);
    else if (kind === 'resumed') expect(refusal).toBeNull();
    else if (kind !== 'deviated') expect(refusal).toMatch(/paused/);
  });
});

describe('locking needs two people', () => {
  it.each([
    ['none', [], false],
    ['one', [signature('anna')], false],
    ['one twice', [signature('anna'), signature('anna')], false],
    ['one under two names with one key', [signature('anna', 'k'), signature('ben', 'k')], false],
    ['one with two keys', [signature('anna', 'k'), signature('anna', 'l')], false],
    ['two', [signature('anna'), signature('ben')], true],
  ])('%s', (_, signatures, open) => {
    expect(advancing(at('registered', { signatures }), 'locked') === null).toBe(open);
  });

  it('and a revision takes the signatures away', () => {
    const entry = {
      kind: 'revised',
      seq: 10,
      at: '',
      by: '',
      protocolHash: 'b'.repeat(64),
    } as LifecycleEntry;
    const revised = after(at('registered'), entry, HASH);
    expect(advancing(revised, 'locked')).toMatch(/two different people/);
  });
});

it('an analysis waits for the unblinding', () => {
  expect(advancing(at('following', { unblinded: null }), 'analysed')).toMatch(/blinded/);
});

it('a second unblinding is refused', () => {
  expect(refusalOf(at('following'), { kind: 'unblinded' })).toMatch(/already/);
});
