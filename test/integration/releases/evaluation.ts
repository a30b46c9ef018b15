// An evaluation in the store that outcomes can be shown of: unblinded, with nobody in it.
import type { AnalysisRecord } from '../../../schemas/analysis.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import { printed } from '../../../services/analysis/plan/stored.ts';
import { shownRecord } from '../../../services/analysis/report/shown.ts';
import { evaluationNamed } from '../../../services/evaluations/evaluation.ts';
import { createEvaluation, registerCouncils } from '../../../services/evaluations/register.ts';
import { reReferral } from '../../../services/outcomes/definitions.ts';
import type { Database } from '../../../services/platform/database.ts';
import { protocolNamed } from '../../harness/protocols.ts';

export const COUNCIL = 'E09000023';

export const protocolOf = (slug: string, council = COUNCIL) =>
  protocolNamed(slug, [council], {
    title: `The evaluation ${slug}`,
    allocation: { method: 'list' },
    horizons: [6, 12, 18],
    outcomes: [reReferral],
    primary: { outcome: reReferral.id, horizon: 12 },
    disclosure: { threshold: 6 },
  });

/** @returns its number */
export async function storedEvaluation(operator: Database, slug: string, council = COUNCIL): Promise<number> {
  await registerCouncils(operator, [{ code: council, name: 'Lewisham', dataSource: 'simulated' }]);
  await createEvaluation(operator, protocolOf(slug, council));
  return (await evaluationNamed(operator, slug))?.id ?? 0;
}

/** An unblinded evaluation of a protocol. How one comes to be unblinded is tested elsewhere. @returns its number */
export async function unblindedEvaluation(owner: Database, protocol: Protocol): Promise<number> {
  await registerCouncils(
    owner,
    protocol.councils.map((code) => ({ code, name: `Council ${code}`, dataSource: 'simulated' })),
  );
  await createEvaluation(owner, protocol);
  const id = (await evaluationNamed(owner, protocol.id))?.id ?? 0;
  await owner`alter table waymark.evaluation disable trigger user`;
  await owner`update waymark.evaluation set unblinded = true, stage = 'following' where evaluation_id = ${id}`;
  await owner`alter table waymark.evaluation enable trigger user`;
  return id;
}

/** Keeps a record as `waymark analyse --evaluation` does. @returns its number */
export async function keepAnalysis(
  owner: Database,
  evaluation: number,
  protocol: Protocol,
  record: AnalysisRecord,
  cut: string,
): Promise<number> {
  const text = printed(record);
  const [row] = await owner<{ number: number }[]>`
    insert into waymark.analysis (evaluation_id, cut, protocol, accepted, earlier, code_version, withheld, record, shown, record_hash, made_by)
    values (${evaluation}, ${cut}, ${JSON.stringify(protocol)}::text::jsonb, '[]', '{}', 'test', ${record.withheld}, ${text},
      ${JSON.stringify(shownRecord(record))}, encode(sha256(convert_to(${text}, 'UTF8')), 'hex'), 'anna')
    returning analysis_id as number`;
  return row?.number ?? 0;
}
