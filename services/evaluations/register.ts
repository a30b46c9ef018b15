// Councils, evaluations and allocation lists come in here, checked before anything is stored.
import { type DataSource, Protocol } from '../../schemas/protocol.ts';
import { contentHash } from '../platform/content-hash.ts';
import type { Database, Transaction } from '../platform/database.ts';
import { UserError } from '../platform/errors.ts';
import { append } from './lifecycle/chain.ts';

export interface CouncilEntry {
  code: string;
  name: string;
  dataSource: DataSource;
}

/** Registers councils; one that is registered already keeps its entry. */
export async function registerCouncils(db: Database, councils: readonly CouncilEntry[]): Promise<void> {
  const rows = councils.map(({ code, name, dataSource }) => ({ code, name, data_source: dataSource }));
  await db`insert into waymark.council ${db(rows)} on conflict (code) do nothing`;
}

/** The councils' numbers. @throws UserError `unknown-council` */
export async function registeredCouncils(tx: Transaction, codes: readonly string[]): Promise<number[]> {
  const known = await tx<{ code: string; council_id: number }[]>`
    select code, council_id from waymark.councils_named(${codes as string[]}::text[])`;
  const missing = codes.find((code) => !known.some((council) => council.code === code));
  if (missing)
    throw new UserError(
      'unknown-council',
      `The council ${missing} is not registered: register it with waymark register ${missing} NAME.`,
      {
        field: 'councils',
      },
    );
  return known.map((council) => council.council_id);
}

/** Asks for every child known in the evaluation's councils to be screened. */
export async function enrolAgain(tx: Transaction, evaluationId: number): Promise<void> {
  await tx`select waymark.screen_again(${evaluationId}::smallint)`;
}

/** Who stores an evaluation, and when. */
export interface Creation {
  by: string;
  at: Date;
}

/**
 * Stores an evaluation as a draft, the first entry of its chain, and asks for every child already known in its councils to be screened.
 * @throws UserError `bad-protocol` naming the field, `unknown-council`, or `evaluation-exists` when another protocol has the id
 */
export const createEvaluation = (
  db: Database,
  candidate: unknown,
  creation: Creation = { by: 'unnamed', at: new Date() },
): Promise<{ slug: string; created: boolean }> =>
  db.begin((tx) => createEvaluationIn(tx, candidate, creation));

/** The same in a transaction that is under way. */
export async function createEvaluationIn(
  tx: Transaction,
  candidate: unknown,
  { by, at }: Creation,
): Promise<{ slug: string; created: boolean }> {
  const parsed = Protocol.safeParse(candidate);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = issue?.path.map(String).join('.') ?? '';
    throw new UserError('bad-protocol', `The protocol’s ${field || 'content'} ${issue?.message}.`, { field });
  }
  const protocol = parsed.data;
  const hash = contentHash(protocol);
  const councils = await registeredCouncils(tx, protocol.councils);
  const [row] = await tx<{ added: number | null }[]>`
    select waymark.add_evaluation(${protocol.id}, ${JSON.stringify(protocol)}::text::jsonb, ${hash},
      ${protocol.dataSource}, ${councils}::smallint[]) as added`;
  const id = row?.added ?? null;
  if (id === null) {
    const [present] = await tx<{ protocol_hash: string }[]>`
      select protocol_hash from waymark.evaluation where slug = ${protocol.id}`;
    if (present?.protocol_hash === hash) return { slug: protocol.id, created: false };
    throw new UserError(
      'evaluation-exists',
      `An evaluation ${protocol.id} with another protocol exists: choose another id.`,
      { field: 'id' },
    );
  }
  await append(
    tx,
    { evaluation: { id, slug: protocol.id }, by, at, protocolHash: hash },
    { kind: 'created' },
  );
  await enrolAgain(tx, id);
  return { slug: protocol.id, created: true };
}

/** One unit's arm, as decided elsewhere. `unit` is the pseudonym of a family or child. */
export interface AllocatedUnit {
  council: string;
  unit: string;
  arm: 'trial' | 'comparison';
  /** In the file it came from; its place from line 2 on unless given. */
  line?: number;
}

const contradiction = (line: number, said: string): UserError =>
  new UserError(
    'contradictory-allocation',
    `Line ${line}: the unit ${said}. Nothing of the list was taken: mend it.`,
    { line, field: 'arm' },
  );

/** A list may repeat what is known, and may not gainsay it or itself. */
async function refuseContradictions(
  tx: Transaction,
  evaluation: number,
  units: readonly AllocatedUnit[],
): Promise<void> {
  const rows = await tx<{ code: string; unit: string; arm: number }[]>`
    select c.code, replace(a.unit::text, '-', '') as unit, a.arm
    from waymark.allocation a join waymark.council c using (council_id) where a.evaluation_id = ${evaluation}`;
  const known = new Map(
    rows.map(({ code, unit, arm }) => [`${code} ${unit}`, arm === 1 ? 'trial' : 'comparison']),
  );
  const councils = await tx<{ code: string }[]>`
    select code from waymark.council join waymark.evaluation_council using (council_id) where evaluation_id = ${evaluation}`;
  const own = new Set(councils.map(({ code }) => code));
  const seen = new Map<string, { arm: string; line: number }>();
  for (const [at, { council, unit, arm, line = at + 2 }] of units.entries()) {
    const name = `${council} ${unit.slice(1)}`;
    if (!own.has(council)) {
      const sentence = `Line ${line}: the council ${council} does not take part. Nothing of the list was taken: mend it.`;
      throw new UserError('unknown-council', sentence, { line, field: 'council' });
    }
    const before = known.get(name);
    if (before !== undefined && before !== arm)
      throw contradiction(line, `was allocated to ${before} before, and keeps it`);
    const earlier = seen.get(name);
    if (earlier && earlier.arm !== arm)
      throw contradiction(line, `has ${earlier.arm} on line ${earlier.line}`);
    if (!earlier) seen.set(name, { arm, line });
  }
}

/**
 * Imports a list of allocated units, whole or not at all. A unit that has an arm keeps it.
 * @throws UserError `unknown-evaluation`, `not-by-list`, or with the line `contradictory-allocation`, `unknown-council`
 */
export async function importAllocations(
  db: Database,
  slug: string,
  units: readonly AllocatedUnit[],
): Promise<{ added: number }> {
  const [evaluation] = await db<{ evaluation_id: number; method: string | null }[]>`
    select evaluation_id, protocol->'allocation'->>'method' as method from waymark.evaluation where slug = ${slug}`;
  if (!evaluation)
    throw new UserError('unknown-evaluation', `There is no evaluation ${slug}.`, { field: 'evaluation' });
  if (evaluation.method !== 'list') {
    throw new UserError(
      'not-by-list',
      `The protocol of ${slug} does not allocate by a list: ${evaluation.method ?? 'exposure'} gives its arms.`,
      { field: 'allocation.method' },
    );
  }
  return db.begin(async (tx) => {
    await refuseContradictions(tx, evaluation.evaluation_id, units);
    const added = await tx`
      insert into waymark.allocation (evaluation_id, council_id, unit, arm)
      select ${evaluation.evaluation_id}, c.council_id, u.unit, u.arm
      from unnest(${units.map((one) => one.council)}::text[], ${units.map((one) => one.unit.slice(1))}::uuid[],
        ${units.map((one) => (one.arm === 'trial' ? 1 : 0))}::smallint[]) as u(code, unit, arm)
      join waymark.council c using (code)
      on conflict do nothing`;
    await enrolAgain(tx, evaluation.evaluation_id);
    return { added: added.count };
  });
}

/** Units, children or families, that do not want to be followed: never enrolled, and no longer followed when they were. */
export async function importOptOuts(
  db: Database,
  slug: string,
  units: readonly { council: string; unit: string }[],
): Promise<{ added: number }> {
  const [evaluation] = await db<
    { evaluation_id: number }[]
  >`select evaluation_id from waymark.evaluation where slug = ${slug}`;
  if (!evaluation)
    throw new UserError('unknown-evaluation', `There is no evaluation ${slug}.`, { field: 'evaluation' });
  return db.begin(async (tx) => {
    const added = await tx`
      insert into waymark.opt_out (evaluation_id, council_id, unit)
      select ${evaluation.evaluation_id}, c.council_id, u.unit
      from unnest(${units.map(({ council }) => council)}::text[], ${units.map(({ unit }) => unit.slice(1))}::uuid[]) as u(code, unit)
      join waymark.council c using (code)
      on conflict do nothing`;
    await enrolAgain(tx, evaluation.evaluation_id);
    return { added: added.count };
  });
}
