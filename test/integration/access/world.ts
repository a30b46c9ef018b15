// Two evaluations in two councils each, one council in both; both unblinded, with outcomes by arm to be seen or not.
import { Protocol } from '../../../schemas/protocol.ts';
import { evaluationNamed } from '../../../services/evaluations/evaluation.ts';
import { createEvaluation, registerCouncils } from '../../../services/evaluations/register.ts';
import { builtInOutcomes } from '../../../services/outcomes/definitions.ts';
import type { Database } from '../../../services/platform/database.ts';

export const councils = { one: 'E09000001', two: 'E09000002', three: 'E09000003' } as const;
export const slugs = ['first', 'second'] as const;

/** How much there is: children in each arm of each evaluation, outcomes and horizons of each child. */
export interface Size {
  children: number;
  outcomes: number;
  horizons: number[];
}

const protocol = (slug: string, codes: string[], { outcomes, horizons }: Size): Protocol =>
  Protocol.parse({
    protocolVersion: 1,
    id: slug,
    title: `The ${slug} evaluation`,
    question: 'Who sees it?',
    dataSource: 'simulated',
    design: 'randomised',
    councils: codes,
    population: {
      index: { record: 'referral', countNoFurtherAction: true },
      from: '2024-01-01',
      to: '2025-12-31',
    },
    unit: 'child',
    allocation: { method: 'list' },
    arms: { trial: 'New', comparison: 'Usual' },
    waves: 'month',
    horizons,
    outcomes: builtInOutcomes.slice(0, outcomes),
    primary: { outcome: builtInOutcomes[0]?.id ?? '', horizon: 6 },
    disclosure: { threshold: 1 },
  });

const SMALL: Size = { children: 12, outcomes: 1, horizons: [6] };

/** Half of the trial arm had every event. `owner` is held by no policy. @param other how many children an arm the second has */
export async function twoEvaluations(
  owner: Database,
  size: Size = SMALL,
  other = size.children,
): Promise<void> {
  const { outcomes, horizons } = size;
  await registerCouncils(
    owner,
    Object.entries(councils).map(([name, code]) => ({
      code,
      name: `Council ${name}`,
      dataSource: 'simulated',
    })),
  );
  await createEvaluation(owner, protocol('first', [councils.one, councils.two], size));
  await createEvaluation(owner, protocol('second', [councils.two, councils.three], size));
  await owner`insert into waymark.feed_heard (council_id, partition, heard_at) select council_id, 0, now() from waymark.council`;
  for (const [at, slug] of slugs.entries()) {
    const id = (await evaluationNamed(owner, slug))?.id ?? 0;
    const children = slug === 'first' ? size.children : other;
    await owner`alter table waymark.evaluation disable trigger user`;
    await owner`update waymark.evaluation set unblinded = true, stage = 'following', created_at = '2024-01-01Z'
      where evaluation_id = ${id}`;
    await owner`alter table waymark.evaluation enable trigger user`;
    await owner`
      with child as (
        insert into waymark.child (council_id, pseudonym)
        select ${at + 1} + n % 2, gen_random_uuid() from generate_series(1, ${2 * children}) n returning child_key, council_id
      ), joined as (
        insert into waymark.participant
          (evaluation_id, child_key, index_child, council_id, wave, index_day, index_record, arm, cluster)
        select ${id}, child_key, child_key, council_id, '2024-01-01', '2024-01-05', gen_random_uuid(), child_key / 2 % 2,
          gen_random_uuid()
        from child returning participant_key, arm
      )
      insert into waymark.outcome (participant_key, outcome, horizon, horizon_day, state, date)
      select participant_key, o, h, '2024-01-05'::date + make_interval(months => h), case when arm = 1 and participant_key % 2 = 0 then 1 else 2 end,
        case when arm = 1 and participant_key % 2 = 0 then '2024-02-01'::date end
      from joined, generate_series(0, ${outcomes - 1}) o, unnest(${horizons}::smallint[]) h`;
    await owner`insert into waymark.milestone (evaluation_id, wave, horizon, participants, outcome_hash)
      values (${id}, '2024-01-01', 6, ${2 * children}, 'hash')`;
    await owner`insert into waymark.analysis (evaluation_id, cut, protocol, accepted, earlier, code_version, withheld, record, record_hash, made_by)
      values (${id}, now(), '{}', '[]', '{}', 'test', false, ${slug}, encode(sha256(${slug}::text::bytea), 'hex'), 'somebody')`;
    await owner`insert into waymark.frozen_outcome (evaluation_id, wave, horizon, participant_key, arm, outcome, state, date)
      select p.evaluation_id, p.wave, 6, p.participant_key, p.arm, o.outcome, o.state, o.date
      from waymark.participant p join waymark.outcome o using (participant_key)
      where p.evaluation_id = ${id} and o.horizon = 6`;
  }
}
