// Is allocation going as it was meant to? Counts of units by arm, never of outcomes: nothing here can unblind a result.
import type { Concealed } from '../../../schemas/protocol/allocation.ts';
import type { Arm } from '../../../schemas/protocol.ts';
import type { Queryable } from '../../platform/database.ts';
import { UserError } from '../../platform/errors.ts';
import { srm } from '../../statistics/tables/srm.ts';
import type { Entry } from './entry.ts';
import { armGiven } from './replay.ts';
import { entriesAfter, trialNamed } from './trial.ts';

export interface Balance {
  /** `factor: level`, or `all`. */
  of: string;
  trial: number;
  comparison: number;
  /** Sample ratio mismatch: chi-squared against the planned ratio; null when nobody is there. */
  p: number | null;
}

export interface Monitoring {
  evaluation: string;
  ratio: { trial: number; comparison: number };
  /** As allocated: all, by council, and by each factor's level. */
  allocated: Balance[];
  /** Units with a child who is followed. A mismatch here and not above says that arms are lost differently afterwards. */
  followed: Balance;
  notEligible: number;
  /** Envelopes passed over: a lower number was not entered although a higher one was. */
  envelopesPassedOver: { list: string; envelopes: number[] }[];
  contradictoryMerges: number;
  /** Levels of `of` whose p is below 0.001. */
  mismatches: string[];
}

/** Looked at often: a mismatch is named only when it would hardly ever come by chance (Fabijan et al. 2019 use 0.0005 to 0.001). */
const MISMATCH = 0.001;

type Counts = Record<Arm, number>;

function balance(of: string, { trial, comparison }: Counts, { ratio }: Concealed): Balance {
  const p =
    trial + comparison === 0
      ? null
      : (srm({ observed: [trial, comparison], expected: [ratio.trial, ratio.comparison] } as never).p as
          | number
          | null);
  return { of, trial, comparison, p };
}

/** Units by arm over the whole trial, by council, and by the levels that were given. */
export function balances(log: readonly Entry[], draw: Concealed): Balance[] {
  const counts = new Map<string, Counts>([['all', { trial: 0, comparison: 0 }]]);
  for (const { body } of log) {
    const given = armGiven(body);
    if (!given) continue;
    const levels = 'levels' in body ? body.levels : {};
    for (const of of [
      'all',
      ...Object.entries({ ...levels, council: body.council }).map(([name, level]) => `${name}: ${level}`),
    ]) {
      const own = counts.get(of) ?? { trial: 0, comparison: 0 };
      own[given.arm] += 1;
      counts.set(of, own);
    }
  }
  return [...counts].map(([of, own]) => balance(of, own, draw));
}

function passedOver(log: readonly Entry[]): Monitoring['envelopesPassedOver'] {
  const entered = new Map<string, Set<number>>();
  for (const { body } of log) {
    if (body.kind !== 'emergency') continue;
    entered.set(body.list, (entered.get(body.list) ?? new Set()).add(body.envelope));
  }
  return [...entered].flatMap(([list, numbers]) => {
    const highest = Math.max(...numbers);
    const missing = Array.from({ length: highest }, (_, at) => at + 1).filter((one) => !numbers.has(one));
    return missing.length > 0 ? [{ list, envelopes: missing }] : [];
  });
}

/** @throws UserError as `trialNamed`; `councils-drawn` */
export async function monitorTrial(db: Queryable, slug: string): Promise<Monitoring> {
  const trial = await trialNamed(db, slug);
  const { draw } = trial;
  if (draw.method !== 'concealed') {
    throw new UserError(
      'councils-drawn',
      `In ${slug} councils were drawn at once: see waymark allocation list.`,
      {
        field: 'evaluation',
      },
    );
  }
  const log = await entriesAfter(db, trial, 0);
  const [followed] = await db<{ trial: number; comparison: number }[]>`
    select count(distinct (council_id, cluster)) filter (where arm = 1)::integer as trial,
      count(distinct (council_id, cluster)) filter (where arm = 0)::integer as comparison
    from waymark.participant where evaluation_id = ${trial.evaluation.id}`;
  const allocated = balances(log, draw);
  const inTrial = balance('followed', followed ?? { trial: 0, comparison: 0 }, draw);
  return {
    evaluation: slug,
    ratio: draw.ratio,
    allocated,
    followed: inTrial,
    notEligible: log.filter(({ body }) => body.kind === 'not-eligible').length,
    envelopesPassedOver: passedOver(log),
    contradictoryMerges: log.filter(({ body }) => body.kind === 'merged' && body.contradictory).length,
    mismatches: [...allocated, inTrial].filter(({ p }) => p !== null && p < MISMATCH).map(({ of }) => of),
  };
}
