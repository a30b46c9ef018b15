// The store of `waymark analyse`: each task opens the running stack's database, and loads what works on it, when it is asked.
import type { Store } from '../analysis/plan/command.ts';
import { withDatabase } from './context.ts';

const stored = () => import('../analysis/plan/stored.ts');

export const analysesStore: Store = {
  verifyRelease: async (release) => (await import('./release.ts')).verified(release),
  analyse: async (asked) => {
    const { analyseStored } = await stored();
    return withDatabase((db) => analyseStored(db, asked));
  },
  analysis: async (number) => {
    const { storedAnalysis } = await stored();
    return withDatabase((db) => storedAnalysis(db, number));
  },
  analyses: async (evaluation) => {
    const { storedAnalyses } = await stored();
    return withDatabase((db) => storedAnalyses(db, evaluation));
  },
  verifyAnalysis: async (number) => {
    const { verifyAnalysis } = await stored();
    return withDatabase((db) => verifyAnalysis(db, number));
  },
};
