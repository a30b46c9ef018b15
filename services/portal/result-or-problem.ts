// Where a table or the API is asked for a result that is not there, the answer says why: blinded, or not worked out yet.
import type { ProtectedResult } from '../disclosure/protect.ts';
import { dashboardPath, findResult } from './evaluation-view.ts';
import { BLINDED } from './pages/blinded.ts';
import { PortalProblem } from './problem.ts';
import type { EvaluationSummary, PortalStore } from './store.ts';

/** @throws PortalProblem 403 `blinded`, 404 `no-result` */
export async function resultOrProblem(
  store: PortalStore,
  summary: EvaluationSummary,
): Promise<ProtectedResult> {
  const result = await findResult(store, summary);
  if (result) return result;
  const back = [{ text: summary.title, href: dashboardPath(summary.slug, { outcome: null, horizon: null }) }];
  if (summary.blinded) throw new PortalProblem(403, 'blinded', BLINDED, back);
  throw new PortalProblem(404, 'no-result', 'No outcome of this evaluation has been worked out yet.', back);
}
