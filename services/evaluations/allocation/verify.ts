// Anyone can check a trial's allocation: the chain while it runs, and every arm once the seed is revealed.
import { contentHash } from '../../platform/content-hash.ts';
import type { Queryable } from '../../platform/database.ts';
import { drawCouncils } from './councils.ts';
import type { Logged } from './entry.ts';
import { armGiven, Chain, type LogProblem, Replay } from './replay.ts';
import { commitmentTo, secretOf } from './secret.ts';
import { entriesAfter, type Trial, trialNamed } from './trial.ts';

export interface Verification {
  evaluation: string;
  commitment: string;
  /** Hash of the newest entry: compare it with a receipt kept elsewhere. */
  head: string;
  entries: number;
  assigned: number;
  /** `chain`: the seed is still sealed, so that arms were not remade. */
  checked: 'chain' | 'everything';
  problems: (LogProblem | { sequence: null; problem: 'commitment' | 'councils' | 'allocations' })[];
}

/** What a log is verified against. */
export interface Verifiable extends Pick<Trial, 'draw' | 'commitment' | 'revealed'> {
  evaluation: Pick<Trial['evaluation'], 'slug' | 'protocol'>;
}

function councilsDiffer(trial: Verifiable, log: readonly Logged[], seed: Uint8Array): boolean {
  if (trial.draw.method === 'concealed') return false;
  const logged = log.flatMap(({ body }) =>
    body.kind === 'council' ? [{ council: body.council, trialFrom: body.trialFrom }] : [],
  );
  return (
    contentHash(logged) !== contentHash(drawCouncils(trial.draw, trial.evaluation.protocol.councils, seed))
  );
}

/** The checks of a log against its trial, without a database. */
export function verifyLog(trial: Verifiable, log: readonly Logged[]): Verification {
  const problems: Verification['problems'] = [];
  const { commitment, draw, revealed } = trial;
  const secret = revealed && secretOf(revealed);
  if (secret && commitmentTo(trial.evaluation.slug, draw, secret) !== commitment)
    problems.push({ sequence: null, problem: 'commitment' });
  const replay = secret && draw.method === 'concealed' ? new Replay(draw, secret, commitment) : null;
  const chain = replay?.chain ?? new Chain(commitment);
  for (const entry of log) problems.push(...(replay ?? chain).follow(entry));
  if (secret && councilsDiffer(trial, log, secret.seed))
    problems.push({ sequence: null, problem: 'councils' });
  return {
    evaluation: trial.evaluation.slug,
    commitment,
    head: chain.hash,
    entries: log.length,
    assigned: log.filter(({ body }) => armGiven(body)).length,
    checked: secret ? 'everything' : 'chain',
    problems,
  };
}

/** Verifies the stored log, and that the arms which screening reads are the log's. */
export async function verifyTrial(db: Queryable, slug: string): Promise<Verification> {
  const trial = await trialNamed(db, slug);
  const verification = verifyLog(trial, await entriesAfter(db, trial, 0));
  const [differing] = await db<{ count: number }[]>`
    select count(*)::integer as count from (
      select council_id, unit, arm from waymark.allocation where evaluation_id = ${trial.evaluation.id}
    ) a full join (
      select council_id, unit, arm from waymark.allocation_log where evaluation_id = ${trial.evaluation.id} and unit is not null
    ) l using (council_id, unit)
    where a.arm is distinct from l.arm`;
  if (differing && differing.count > 0)
    verification.problems.push({ sequence: null, problem: 'allocations' });
  return verification;
}
