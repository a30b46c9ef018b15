// Connections plan every statement anew (see connect), and so PostgreSQL planned the look-up of each foreign key anew for every row
// stored: that took longer than screening a child or working its outcomes out. A statement that reads `keptChecks` first is
// planned as ever; the look-ups that follow it keep their plan, which is by an index however small the table was when it was made.
import type { Transaction } from '../platform/database.ts';

/** SQL of a relation of one row, to be read before anything is stored. Until the transaction ends, or `plannedAnew`. */
export const keptChecks = `(
  select set_config('plan_cache_mode', 'auto', true), set_config('enable_seqscan', 'off', true)) as kept_checks`;

/** Ends what `keptChecks` set: to be asked behind the statement that reads it. */
export const plannedAnew = async (tx: Transaction): Promise<void> =>
  void (await tx`select set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'on', true)`);
