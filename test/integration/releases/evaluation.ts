// An evaluation in the store that outcomes can be shown of: unblinded, with nobody in it.

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
