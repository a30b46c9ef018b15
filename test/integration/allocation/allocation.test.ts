// The allocation service over HTTP on the real database: one arm a unit, no duplicate, no gap, nothing foretold.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CaseEvent, sourceOf } from '../../../schemas/case-event.ts';
import type { Concealed } from '../../../schemas/protocol/allocation.ts';
import { Protocol } from '../../../schemas/protocol.ts';
import type { Answer } from '../../../services/evaluations/allocation/allocator.ts';
import { enterEnvelopes, makeEmergencyList } from '../../../services/evaluations/allocation/emergency.ts';
import { mergeFamilies } from '../../../services/evaluations/allocation/merge.ts';
import { monitorTrial } from '../../../services/evaluations/allocation/monitor.ts';
import { newSecret, unseal } from '../../../services/evaluations/allocation/secret.ts';
import { Sequence } from '../../../services/evaluations/allocation/sequence.ts';
import {
  entriesAfter,
  openTrial,
  revealTrial,
  trialNamed,
} from '../../../services/evaluations/allocation/trial.ts';
import { verifyTrial } from '../../../services/evaluations/allocation/verify.ts';
import { evaluationNamed } from '../../../services/evaluations/evaluation.ts';
import { flowOf } from '../../../services/evaluations/flow.ts';
import { createKey } from '../../../services/platform/access.ts';
import { connect, type DatabaseRole } from '../../../services/platform/database.ts';
import { sqlEngine } from '../outcomes/sql-engine.ts';
import { COUNCILS, protocolWith, pseudonym, service } from './service.ts';

const blocked: Concealed = {
  method: 'concealed',
  scheme: {
    kind: 'permuted-block',
    strata: ['council', { name: 'age-band', levels: ['under-5', '5-and-over'] }],
  },
  ratio: { trial: 1, comparison: 1 },
  eligibility: [{ id: 'agreed', words: 'Has a manager agreed that the family may be offered a meeting?' }],
};

type Service = Awaited<ReturnType<typeof service>>;

const asking = (unit: string, more: object = {}) => ({
  evaluation: 'offer-trial',
  unit,
  levels: { 'age-band': 'under-5' },
  eligibility: { agreed: true },
  ...more,
});

async function ask(
  address: string,
  key: string,
  body: object,
): Promise<{ status: number; body: Answer & { error?: { code: string; field?: string } } }> {
  const answer = await fetch(`${address}/v1/allocations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Answer };
}

describe('a hundred caseworkers at once', () => {
  let trial: Service;
  let keys: string[];
  let addresses: string[];
  const units = Array.from({ length: 100 }, () => pseudonym());
  beforeAll(async () => {
    trial = await service(blocked);
    keys = await Promise.all(COUNCILS.map((council) => trial.allocatorKey(council)));
    addresses = [await trial.serve(), await trial.serve()];
  });
  afterAll(() => trial.stop());

  const askFor = (at: number, process: number) =>
    ask(
      addresses[process]!,
      keys[at % 2]!,
      asking(units[at]!, { levels: { 'age-band': at % 3 === 0 ? '5-and-over' : 'under-5' } }),
    );

  it('of two processes get one answer a unit: no duplicate, no gap, whole blocks', async () => {
    const both = await Promise.all(units.flatMap((_, at) => [askFor(at, 0), askFor(at, 1)]));
    expect(both.map(({ status }) => status)).toEqual(both.map(() => 200));
    for (let at = 0; at < units.length; at += 1) expect(both[2 * at]!.body).toEqual(both[2 * at + 1]!.body);
    const log = await entriesAfter(trial.db, await trialNamed(trial.db, 'offer-trial'), 0);
    expect(log.map(({ sequence }) => sequence)).toEqual(units.map((_, at) => at + 1));
    // Each stratum's arms are the stratum's own list, in the order of the log.
    const secret = unseal(
      (await trial.db<{ sealed: Buffer }[]>`select sealed from waymark.allocation_trial`)[0]!.sealed,
      trial.key,
      'offer-trial',
    );
    const list = new Sequence(blocked, secret);
    for (const { body } of log) if (body.kind === 'assigned') expect(body.arm).toBe(list.take(body.levels));
  });

  it('and asking again, from another process, in another order and with other answers, changes nothing', async () => {
    const before = await entriesAfter(trial.db, await trialNamed(trial.db, 'offer-trial'), 0);
    const again = await Promise.all([...units.keys()].reverse().map((at) => askFor(at, at % 2)));
    const other = await ask(
      addresses[0]!,
      keys[0]!,
      asking(units[0]!, { levels: { 'age-band': 'under-5' }, eligibility: { agreed: false } }),
    );
    const after = await entriesAfter(trial.db, await trialNamed(trial.db, 'offer-trial'), 0);
    expect(after).toEqual(before);
    expect(again.at(-1)!.body).toEqual(other.body);
  });

  it('an arm becomes the unit’s allocation that screening reads', async () => {
    const rows = await trial.owner<{ unit: string; arm: number }[]>`
      select 'f' || replace(unit::text, '-', '') as unit, arm from waymark.allocation order by 1`;
    const log = await entriesAfter(trial.db, await trialNamed(trial.db, 'offer-trial'), 0);
    const logged = log.flatMap(({ body }) =>
      body.kind === 'assigned' ? [{ unit: body.unit, arm: Number(body.arm === 'trial') }] : [],
    );
    expect([...rows]).toEqual(logged.sort((a, b) => (a.unit < b.unit ? -1 : 1)));
  });

  it.each([
    ['without a key', '', asking(pseudonym()), 401, 'unknown-key', undefined],
    ['with a wrong key', 'wk_wrongwrongwrong', asking(pseudonym()), 401, 'unknown-key', undefined],
    ['a name for a pseudonym', null, asking('Smith'), 422, 'bad-request', 'unit'],
    ['without a level', null, asking(pseudonym(), { levels: {} }), 422, 'bad-levels', 'levels.age-band'],
    [
      'a level that is none',
      null,
      asking(pseudonym(), { levels: { 'age-band': '7' } }),
      422,
      'bad-levels',
      'levels.age-band',
    ],
    [
      'a level it may not choose',
      null,
      asking(pseudonym(), { levels: { 'age-band': 'under-5', council: COUNCILS[1] } }),
      422,
      'bad-levels',
      'levels.council',
    ],
    [
      'without an answer',
      null,
      asking(pseudonym(), { eligibility: {} }),
      422,
      'bad-eligibility',
      'eligibility.agreed',
    ],
    [
      'another trial',
      null,
      asking(pseudonym(), { evaluation: 'no-such' }),
      404,
      'unknown-evaluation',
      'evaluation',
    ],
  ])('refuses an asking %s', async (_words, key, body, status, code, field) => {
    const answer = await ask(addresses[0]!, key ?? keys[0]!, body);
    expect([answer.status, answer.body.error?.code, answer.body.error?.field]).toEqual([status, code, field]);
  });

  it('refuses keys that send events or read results, and an allocator’s key opens nothing else', async () => {
    const sender = await createKey(trial.owner, { label: 's', role: 'council', council: COUNCILS[0]! });
    const evaluator = await createKey(trial.owner, { label: 'e', role: 'evaluator', council: null });
    for (const key of [sender, evaluator])
      expect((await ask(addresses[0]!, key, asking(pseudonym()))).status).toBe(403);
  });

  it('records a family that is not eligible without an arm, and may allocate it later', async () => {
    const unit = pseudonym();
    const no = await ask(addresses[0]!, keys[0]!, asking(unit, { eligibility: { agreed: false } }));
    expect(no.body.arm).toBeNull();
    const yes = await ask(addresses[0]!, keys[0]!, asking(unit));
    expect(yes.body.arm).toMatch(/^(trial|comparison)$/);
    expect(yes.body.sequence).toBe(no.body.sequence + 1);
  });

  it('is refused once recruitment has ended or while the evaluation is paused', async () => {
    await trial.owner`update waymark.evaluation set paused = true`;
    expect((await ask(addresses[0]!, keys[0]!, asking(pseudonym()))).status).toBe(409);
    await trial.owner`update waymark.evaluation set paused = false, stage = 'following'`;
    expect((await ask(addresses[0]!, keys[0]!, asking(pseudonym()))).status).toBe(409);
    await trial.stage('recruiting');
  });
});

describe('what is to come', () => {
  let trial: Service;
  beforeAll(async () => {
    trial = await service(blocked);
  });
  afterAll(() => trial.stop());

  const others: DatabaseRole[] = [
    'waymark_gateway',
    'waymark_ingest',
    'waymark_tracker',
    'waymark_portal',
    'waymark_operator',
  ];
  it.each(others)('%s can read neither seal nor, but for the operator, the log', async (role) => {
    const db = connect(trial.databaseUrl, 1, 'test-allocation-other', role);
    const refused = { code: '42501' };
    try {
      await expect(db`select sealed from waymark.allocation_trial`).rejects.toMatchObject(refused);
      await expect(db`select * from waymark.allocation_trial`).rejects.toMatchObject(refused);
      if (role !== 'waymark_operator')
        await expect(db`select * from waymark.allocation_log`).rejects.toMatchObject(refused);
      for (const change of [
        'delete from waymark.allocation_log',
        'update waymark.allocation_log set arm = 1',
        `insert into waymark.allocation_log values (1, 99, 1, null, null, '{}', '')`,
        `update waymark.allocation_trial set revealed = '{}', revealed_at = now()`,
      ])
        await expect(db.unsafe(change), change).rejects.toMatchObject(refused);
    } finally {
      await db.end();
    }
  });

  it('the service itself can neither change nor delete what it logged', async () => {
    for (const change of [
      'delete from waymark.allocation_log',
      'update waymark.allocation_log set arm = 1',
      'update waymark.allocation set arm = 1',
      'update waymark.allocation_trial set sealed = commitment::bytea',
    ])
      await expect(trial.db.unsafe(change), change).rejects.toMatchObject({ code: '42501' });
  });

  it('is not in the database: everything stored, without the key, is sealed under authenticated encryption', async () => {
    const [{ sealed }] = (await trial.owner<
      { sealed: Buffer }[]
    >`select sealed from waymark.allocation_trial`) as never as [{ sealed: Buffer }];
    expect(() => unseal(sealed, randomBytes(32), 'offer-trial')).toThrow(/another key/);
    expect(() => unseal(sealed, trial.key, 'another-trial')).toThrow(/another key/);
    const changed = Buffer.from(sealed);
    changed[40]! ^= 1;
    expect(() => unseal(changed, trial.key, 'offer-trial')).toThrow(/another key/);
    const secret = unseal(sealed, trial.key, 'offer-trial');
    expect(sealed.includes(Buffer.from(secret.seed).toString('hex'))).toBe(false);
    const rows = await trial.owner`select row_to_json(t)::text as text from waymark.allocation_trial t`;
    expect(JSON.stringify(rows)).not.toContain(Buffer.from(secret.seed).toString('hex'));
  });

  it('opens once, and only after locking', async () => {
    const again = await openTrial(trial.db, 'offer-trial', trial.key, { by: 'test', at: trial.clock() });
    expect(again).toEqual({ ...trial.opened, opened: false });
    await trial.stage('draft');
    await expect(
      openTrial(trial.db, 'offer-trial', trial.key, { by: 'test', at: trial.clock() }),
    ).rejects.toMatchObject({ code: 'not-locked' });
    await trial.stage('recruiting');
  });
});

describe.each([
  ['permuted blocks', blocked],
  [
    'minimisation, 2:1',
    {
      ...blocked,
      scheme: {
        kind: 'minimisation',
        factors: ['council', { name: 'age-band', levels: ['under-5', '5-and-over'] }],
        certainty: 0.8,
      },
      ratio: { trial: 2, comparison: 1 },
    } satisfies Concealed,
  ],
  ['simple', { ...blocked, scheme: { kind: 'simple' } } satisfies Concealed],
])('a life of %s: allocation, outage, merge, seed revealed', (_name, design) => {
  let trial: Service;
  const levels = design.scheme.kind === 'simple' ? {} : { 'age-band': 'under-5' };
  beforeAll(async () => {
    trial = await service(design);
  });
  afterAll(() => trial.stop());
  const council = COUNCILS[0]!;
  const opened = (more: object) => ({
    line: 2,
    list: 'E3',
    envelope: 1,
    unit: pseudonym(),
    openedOn: '2026-03-01',
    levels,
    eligibility: { agreed: true },
    ...more,
  });
  const enter = (...rows: object[]) =>
    enterEnvelopes(
      trial.allocator(),
      { evaluation: 'offer-trial', council, opened: rows.map(opened), by: 'test' },
      trial.clock(),
    );

  it('is verified whole, and a changed entry is found', async () => {
    const allocator = trial.allocator();
    const assign = (unit: string) =>
      allocator.assign({
        evaluation: 'offer-trial',
        council,
        unit,
        levels,
        eligibility: { agreed: true },
        by: 'test',
      });
    const first = await assign(pseudonym());
    const second = await assign(pseudonym());
    const asked = { evaluation: 'offer-trial', council, size: 8, by: 'test' };
    // Sheets that cannot be written leave no list behind, and the next one has the number.
    const full = makeEmergencyList(allocator, asked, trial.clock(), async () => {
      throw new Error('no space left on device');
    });
    await expect(full).rejects.toThrow('no space left');
    let sheets = 0;
    const list = await makeEmergencyList(allocator, asked, trial.clock(), async ({ envelopes }) => {
      sheets = envelopes.length;
    });
    expect(sheets).toBe(8);
    expect([list.list, list.envelopes.length]).toEqual(['E3', 8]);
    expect(new Set(list.envelopes.map(({ arm }) => arm)).size).toBe(2);

    const unit = pseudonym();
    const arm = list.envelopes[2]!.arm;
    expect(
      await enter({ unit, arm }, { line: 3, envelope: 3 }).catch((error) => [error.code, error.place]),
    ).toEqual(
      list.envelopes[0]!.arm === arm ? { entered: 2, known: 0 } : ['bad-envelope', { line: 2, field: 'arm' }],
    );
    const outage = { unit: pseudonym(), envelope: 5, arm: list.envelopes[4]!.arm };
    expect(await enter(outage)).toEqual({ entered: 1, known: 0 });
    expect(await enter(outage)).toEqual({ entered: 0, known: 1 });
    expect(await assign(outage.unit)).toMatchObject({ arm: outage.arm });
    await expect(enter({ envelope: 5, line: 9 })).rejects.toMatchObject({
      code: 'bad-envelope',
      place: { line: 9 },
    });
    await expect(enter({ envelope: 6, unit: first.unit })).rejects.toMatchObject({
      place: { field: 'unit' },
    });
    await expect(enter({ envelope: 9 })).rejects.toMatchObject({ place: { field: 'envelope' } });

    const late = pseudonym();
    const merge = (one: string, into: string) =>
      mergeFamilies(
        trial.allocator(),
        { evaluation: 'offer-trial', council, unit: one, into, by: 'test' },
        trial.clock(),
      );
    expect(await merge(first.unit, late)).toMatchObject({ inherits: late, contradictory: false });
    expect(await assign(late)).toMatchObject({ arm: first.arm });
    expect(await merge(first.unit, second.unit)).toMatchObject({
      inherits: null,
      contradictory: first.arm !== second.arm,
    });
    expect(await assign(first.unit)).toEqual(first);
    await expect(merge(pseudonym(), pseudonym())).rejects.toMatchObject({ code: 'nothing-to-settle' });

    const sealed = await verifyTrial(trial.db, 'offer-trial');
    expect(sealed).toMatchObject({ checked: 'chain', problems: [] });
    const monitored = await monitorTrial(trial.db, 'offer-trial');
    expect(monitored).toMatchObject({
      mismatches: [],
      contradictoryMerges: Number(first.arm !== second.arm),
    });
    expect(monitored.envelopesPassedOver).toMatchObject([{ list: 'E3' }]);

    await revealTrial(trial.db, 'offer-trial', trial.key, trial.clock());
    await expect(assign(pseudonym())).rejects.toMatchObject({ code: 'closed' });
    const whole = await verifyTrial(trial.db, 'offer-trial');
    expect(whole).toMatchObject({ checked: 'everything', problems: [], head: sealed.head });

    await trial.owner`update waymark.allocation_log set entry = jsonb_set(entry, '{body,arm}',
      case when arm = 1 then '"comparison"'::jsonb else '"trial"'::jsonb end) where sequence = 2`;
    const found = await verifyTrial(trial.db, 'offer-trial');
    expect(found.problems).toEqual([
      { sequence: 2, problem: 'hash' },
      { sequence: 2, problem: 'arm' },
    ]);
    await trial.owner`update waymark.allocation_trial set revealed = ${JSON.stringify({ seed: Buffer.from(newSecret().seed).toString('hex'), blockMultiples: [2, 3, 4] })}::text::jsonb`;
    expect((await verifyTrial(trial.db, 'offer-trial')).problems).toContainEqual({
      sequence: null,
      problem: 'commitment',
    });
  });
});

describe('councils', () => {
  it('cross over in equal numbers, are drawn at opening, and the draw is verified', async () => {
    const steps = ['2026-02-01', '2026-05-01', '2026-08-01'];
    const trial = await service({ method: 'stepped-wedge', steps }, 'council');
    try {
      const drawn = await trial.owner<
        { trial_from: string }[]
      >`select trial_from from waymark.allocated_council order by 1`;
      expect(drawn.map((row) => row.trial_from)).toEqual(steps.flatMap((day) => [day, day]));
      await revealTrial(trial.db, 'offer-trial', trial.key, trial.clock());
      expect(await verifyTrial(trial.db, 'offer-trial')).toMatchObject({
        checked: 'everything',
        entries: 6,
        problems: [],
      });
    } finally {
      await trial.stop();
    }
  });

  it('are halved by covariates within the best-balanced tenth', async () => {
    const value = (at: number) => [10, 11, 30, 31, 50, 52][at]!;
    const covariates = [
      { name: 'referral-rate', values: COUNCILS.map((council, at) => ({ council, value: value(at) })) },
    ];
    const trial = await service({ method: 'constrained', covariates }, 'council');
    try {
      const drawn = await trial.owner<{ code: string; trial: boolean }[]>`
        select code, trial_from is not null as trial from waymark.allocated_council join waymark.council using (council_id) order by code`;
      const sum = (of: boolean) =>
        drawn.reduce((total, row, at) => total + (row.trial === of ? value(at) : 0), 0);
      expect(drawn.filter((row) => row.trial)).toHaveLength(3);
      // Of the 20 halves one pair is even (10, 30 and 52 against 11, 31 and 50); the next pair differs by 2.
      expect(Math.abs(sum(true) - sum(false))).toBeLessThanOrEqual(2);
      await revealTrial(trial.db, 'offer-trial', trial.key, trial.clock());
      expect(await verifyTrial(trial.db, 'offer-trial')).toMatchObject({
        checked: 'everything',
        problems: [],
      });
    } finally {
      await trial.stop();
    }
  });
});

describe('teams', () => {
  const team = pseudonym('t');
  const council = COUNCILS[0]!;
  const referral = (child: string, state: object, time = '2026-03-05T09:00:00Z') =>
    ({
      specversion: '1.0',
      id: crypto.randomUUID(),
      source: sourceOf(council),
      type: 'waymark.case.referral.v1',
      subject: child,
      time,
      data: { recordId: `r${'1'.repeat(32)}`, state: { date: '2026-03-04', ...state } },
    }) as CaseEvent;

  it('are in the arms that a list from elsewhere gives them, and one that it leaves out is not followed', async () => {
    const trial = await service(blocked, 'team');
    const sql = await sqlEngine({ databaseUrl: trial.databaseUrl, drop: async () => {} });
    try {
      const protocol = { ...protocolWith(blocked, 'team'), id: 'listed', allocation: { method: 'list' } };
      await sql.create(Protocol.parse(protocol));
      const other = pseudonym('t');
      const [one, two, out] = [pseudonym('c'), pseudonym('c'), pseudonym('c')] as [string, string, string];
      await sql.allocate('listed', [
        { council, unit: team, arm: 'trial' },
        { council, unit: other, arm: 'comparison' },
      ]);
      const of = [team, other, pseudonym('t')];
      await sql.settle([one, two, out].map((child, at) => referral(child, { team: of[at] })));
      await sql.follow();
      const rows = await trial.owner<{ child: string; arm: number }[]>`
        select 'c' || replace(c.pseudonym::text, '-', '') as child, p.arm from waymark.participant p
        join waymark.child c using (child_key) join waymark.evaluation e using (evaluation_id) where e.slug = 'listed'`;
      expect(new Map(rows.map(({ child, arm }) => [child, arm]))).toEqual(
        new Map([
          [one, 1],
          [two, 0],
        ]),
      );
    } finally {
      await sql.close();
      await trial.stop();
    }
  });

  it('are allocated once, and their children, late ones too, are in the arm of the team of the index referral', async () => {
    const trial = await service(
      { ...blocked, scheme: { kind: 'permuted-block', strata: ['council'] } },
      'team',
    );
    const sql = await sqlEngine({ databaseUrl: trial.databaseUrl, drop: async () => {} });
    const [one, two, none, late] = Array.from({ length: 4 }, () => pseudonym('c')) as [
      string,
      string,
      string,
      string,
    ];
    const seen = async () => {
      await sql.follow();
      const rows = await trial.owner<{ child: string; cluster: string; arm: number; flag: string | null }[]>`
        select 'c' || replace(c.pseudonym::text, '-', '') as child, 't' || replace(p.cluster::text, '-', '') as cluster, p.arm, p.flag
        from waymark.participant p join waymark.child c using (child_key)`;
      const evaluation = await evaluationNamed(trial.owner, 'offer-trial');
      return { rows: [...rows], flow: await flowOf(trial.owner, evaluation!) };
    };
    try {
      await sql.settle([referral(one, { team }), referral(two, { team }), referral(none, {})]);
      expect((await seen()).flow).toMatchObject({
        screened: 3,
        enrolled: 0,
        excluded: [
          { reason: 'no-team', count: 1 },
          { reason: 'no-arm', count: 2 },
        ],
      });
      const address = await trial.serve();
      const key = await trial.allocatorKey(council);
      const asked = { evaluation: 'offer-trial', unit: team, eligibility: { agreed: true } };
      const wrong = await ask(address, key, { ...asked, unit: one });
      expect([wrong.status, wrong.body.error?.code]).toEqual([422, 'bad-unit']);
      const { body } = await ask(address, key, asked);
      expect((await ask(address, key, asked)).body).toEqual(body);
      await sql.settle([referral(late, { team })]);
      const arm = Number(body.arm === 'trial');
      const enrolled = (child: string, flag: string | null = null) => ({ child, cluster: team, arm, flag });
      const then = await seen();
      expect(then.rows).toHaveLength(3);
      expect(then.rows).toEqual(expect.arrayContaining([one, two, late].map((child) => enrolled(child))));
      // A team that is corrected away leaves the child as it was randomised.
      await sql.settle([referral(two, {}, '2026-03-06T09:00:00Z')]);
      const last = await seen();
      expect(last.rows).toContainEqual(enrolled(two, 'no-longer-eligible'));
      expect(last.flow).toMatchObject({
        screened: 4,
        enrolled: 3,
        excluded: [{ reason: 'no-team', count: 1 }],
      });
    } finally {
      await sql.close();
      await trial.stop();
    }
  });
});
