// The plan of the demonstration carried out once its children have been followed, and the record kept.
import { analyseStored, storedAnalyses } from '../../analysis/plan/stored.ts';
import type { Database } from '../../platform/database.ts';

const BY = 'demonstration';

/** What was kept: the newest analysis of an evaluation. */
export interface ShownAnalysis {
  evaluation: string;
  number: number;
  hash: string;
  withheld: boolean;
}

/** Analyses an evaluation of which nothing is kept yet; a start after that shows what is. */
export async function analyseForShow(db: Database, evaluation: string): Promise<ShownAnalysis> {
  const kept = (await storedAnalyses(db, evaluation)).at(-1);
  if (kept) return { evaluation, number: kept.number, hash: kept.hash, withheld: kept.withheld };
  const { number, hash, record } = await analyseStored(db, {
    ...{ evaluation, cut: null, asOf: null, acceptances: [], unitCosts: null, earlier: [], by: BY },
  });
  return { evaluation, number, hash, withheld: record.withheld };
}
