// The record as it may be shown: a report is made of this alone. What a gate withholds or the disclosure policy hides is
// not in it, so no page, table or drawing can give it away.
import type {
  AnalysisRecord,
  AnalysisSet,
  Estimate,
  Gate,
  OutcomeAnalysis,
  SensitivityResult,
} from '../../../schemas/analysis.ts';
import type { Arm } from '../../../schemas/protocol.ts';
import { type CellName, cellNames, hiddenCells } from '../../disclosure/cells.ts';
import { isSmall } from '../../disclosure/policy.ts';
import { UserError } from '../../platform/errors.ts';
import { reconcile } from '../plan/reconcile.ts';
import { type ShownBalance, shownBalance } from './shown-balance.ts';
import {
  type ShownCouncil,
  type ShownSubgroup,
  shownCouncils,
  shownPooled,
  shownSubgroups,
} from './shown-groups.ts';
import { type ShownMatching, shownMatching } from './shown-matching.ts';
import { type Shown, shownTable } from './tables-shown.ts';

/** Numbers of one arm; null is hidden or, of events and what follows from them, withheld. */
export interface ShownSet {
  arm: Arm;
  enrolled: number;
  notAtRisk: Shown;
  pending: Shown;
  matured: Shown;
  events: Shown;
  censored: Shown;
  straddling: Shown;
  missingCovariates: Shown;
  analysed: Shown;
  clusters: Shown;
  risk: Shown;
}

export type ShownEstimate = Omit<Estimate, 'n' | 'clusters'> & { n: Shown; clusters: Shown };

export type ShownSensitivity = Omit<SensitivityResult, 'estimate'> & { estimate: ShownEstimate | null };

export interface ShownOutcome
  extends Pick<
    OutcomeAnalysis,
    'outcome' | 'horizon' | 'role' | 'adjustedP' | 'curves' | 'eventStudy' | 'pooled' | 'warnings'
  > {
  title: string;
  sets: ShownSet[];
  estimates: ShownEstimate[];
  sensitivity: ShownSensitivity[];
  subgroups: ShownSubgroup[];
  councils: ShownCouncil[];
  /** Why effects are not here. */
  without: 'withheld' | 'hidden' | 'nobody-followed' | null;
}

export interface ShownFlow {
  screened: Shown;
  excluded: { reason: string; count: Shown }[];
  enrolled: number;
  allocated: { arm: Arm; participants: number; units: Shown; councils: number }[];
}

export type ShownGate = Pick<Gate, 'id' | 'state' | 'accepted'> & {
  /** Null where the numbers in them are of too few children. */
  words: string | null;
};

export type ShownRecord = Omit<AnalysisRecord, 'flow' | 'balance' | 'matching' | 'gates' | 'results'> & {
  threshold: number;
  flow: ShownFlow;
  balance: ShownBalance[];
  matching: ShownMatching | null;
  gates: ShownGate[];
  results: ShownOutcome[];
};

/** Who was looked at, beside a number of children enrolled that is shown elsewhere. */
export function shownScreening(
  flow: Pick<AnalysisRecord['flow'], 'excluded' | 'enrolled'>,
  threshold: number,
): Pick<ShownFlow, 'screened' | 'excluded'> {
  const table = shownTable(
    ['where'],
    [
      { at: ['enrolled'], count: flow.enrolled },
      ...flow.excluded.map(({ reason, count }) => ({ at: [reason], count })),
    ],
    threshold,
    [['enrolled']],
  );
  return {
    screened: table('Total'),
    excluded: flow.excluded.map(({ reason }) => ({ reason, count: table(reason) })),
  };
}

function shownFlow({ flow, study }: AnalysisRecord, threshold: number): ShownFlow {
  return {
    ...shownScreening(flow, threshold),
    enrolled: flow.enrolled,
    allocated: flow.allocated.map((one) => ({
      ...one,
      units: study.unit === 'council' || !isSmall(one.units, { threshold }) ? one.units : null,
    })),
  };
}

/** The cells of one arm and horizon that disclosure control weighs. Withheld, what was seen is one cell. */
function cellsOf(set: AnalysisSet, withheld: boolean) {
  const events = withheld ? 0 : (set.events ?? 0);
  const censored = withheld ? 0 : (set.censored ?? 0);
  const { enrolled, notAtRisk, pending, matured } = set;
  return { enrolled, notAtRisk, pending, matured, events, censored, noEvents: matured - events - censored };
}

interface Weighed {
  set: AnalysisSet;
  hidden: ReadonlySet<CellName>;
}

function shownSet({ set, hidden }: Weighed, record: AnalysisRecord, hideMissing: boolean): ShownSet {
  const { withheld, study } = record;
  const policy = study.disclosure;
  const cell = (name: CellName, count: number | null): Shown => (hidden.has(name) ? null : count);
  const seen = (count: number | null): Shown => (withheld ? null : count);
  const risky = withheld || hidden.has('events') || hidden.has('matured');
  const ofCouncils = study.unit === 'council' || study.plan.clusters === 'council';
  return {
    arm: set.arm,
    enrolled: set.enrolled,
    notAtRisk: cell('notAtRisk', set.notAtRisk),
    pending: cell('pending', set.pending),
    matured: cell('matured', set.matured),
    events: seen(cell('events', set.events)),
    censored: seen(cell('censored', set.censored)),
    straddling: hideMissing ? null : set.straddling,
    missingCovariates: hideMissing ? null : set.missingCovariates,
    analysed: hideMissing || hidden.has('matured') ? null : set.analysed,
    clusters: ofCouncils || (!hidden.has('matured') && !isSmall(set.clusters, policy)) ? set.clusters : null,
    risk: risky ? null : set.risk,
  };
}

/** An estimate's n may be shown where it differs from every shown total by nobody, or by enough children. */
function shownEstimate(
  { n, clusters, warnings, ...rest }: Estimate,
  sets: readonly AnalysisSet[],
  record: AnalysisRecord,
  open: boolean,
): ShownEstimate {
  const { disclosure, unit, plan } = record.study;
  const totals = (['matured', 'analysed'] as const).map((of) => sets.reduce((sum, set) => sum + set[of], 0));
  totals.push(sets.reduce((sum, set) => sum + set.enrolled - set.notAtRisk, 0));
  const showN = open && totals.every((total) => !isSmall(Math.abs(total - n), disclosure));
  const ofCouncils = unit === 'council' || plan.clusters === 'council';
  return {
    ...rest,
    n: showN ? n : null,
    clusters: ofCouncils || showN ? clusters : null,
    warnings: warnings.filter((text) => open || !/\d/.test(text)),
  };
}

function shownOutcome(result: OutcomeAnalysis, weighed: Weighed[], record: AnalysisRecord): ShownOutcome {
  const { withheld, study, definitions } = record;
  const { threshold } = study.disclosure;
  const small = result.sets.some(({ straddling, missingCovariates }) =>
    [straddling, missingCovariates].some((count) => isSmall(count, study.disclosure)),
  );
  const nobody = result.sets.some(({ matured }) => matured === 0) && result.estimates.length === 0;
  const riskHidden = weighed.some(({ hidden }) => hidden.has('events') || hidden.has('matured'));
  const without = withheld ? 'withheld' : nobody ? 'nobody-followed' : riskHidden ? 'hidden' : null;
  const open = without === null;
  const councils = open ? shownCouncils(result, threshold) : [];
  const anyHidden = small || weighed.some(({ hidden }) => hidden.size > 0);
  return {
    outcome: result.outcome,
    horizon: result.horizon,
    role: result.role,
    title: definitions.find(({ id }) => id === result.outcome)?.title ?? result.outcome,
    sets: weighed.map((one) => shownSet(one, record, small)),
    estimates: open ? result.estimates.map((row) => shownEstimate(row, result.sets, record, !anyHidden)) : [],
    adjustedP: open ? result.adjustedP : null,
    subgroups: open ? shownSubgroups(result, threshold) : [],
    sensitivity: open
      ? result.sensitivity.map((one) => ({
          ...one,
          estimate: one.estimate && shownEstimate(one.estimate, result.sets, record, !anyHidden),
        }))
      : [],
    councils,
    eventStudy: open ? result.eventStudy : null,
    pooled: open ? shownPooled(result.pooled, councils) : null,
    // Of everybody seen so far, rounded: there before anybody has been followed to the end.
    curves: open || without === 'nobody-followed' ? result.curves : [],
    warnings: withheld || nobody ? [] : result.warnings.filter((text) => !anyHidden || !/\d/.test(text)),
    without,
  };
}

function shownResults(record: AnalysisRecord): ShownOutcome[] {
  const { results, withheld, study } = record;
  const hiddenOf = new Map<AnalysisSet, ReadonlySet<CellName>>();
  for (const { id } of record.definitions)
    for (const arm of ['trial', 'comparison'] as const) {
      const series = results
        .filter(({ outcome }) => outcome === id)
        .flatMap(({ sets }) => sets.filter((set) => set.arm === arm));
      hiddenCells(
        series.map((set) => cellsOf(set, withheld)),
        study.disclosure,
      ).forEach((hidden, at) => {
        const set = series[at];
        if (set) hiddenOf.set(set, hidden);
      });
    }
  return results.map((result) =>
    shownOutcome(
      result,
      result.sets.map((set) => ({ set, hidden: hiddenOf.get(set) ?? new Set(cellNames) })),
      record,
    ),
  );
}

/** Means a child tell of events: none where the events of something that costs are hidden. */
function shownCosts({ costs }: AnalysisRecord, results: readonly ShownOutcome[]): AnalysisRecord['costs'] {
  if (!costs) return null;
  const open = costs.items.every(({ outcome }) =>
    results.some((one) => one.outcome === outcome && one.horizon === costs.horizon && one.without === null),
  );
  return open ? costs : null;
}

/** How many were followed tells of those who were not; what the look shows goes with the primary outcome. */
function shownInterim(
  { interim, study }: AnalysisRecord,
  results: readonly ShownOutcome[],
): AnalysisRecord['interim'] {
  if (!interim) return null;
  const { followed, final } = interim;
  if ([followed, (final ?? followed) - followed].some((count) => isSmall(count, study.disclosure)))
    return null;
  const open = results.some(({ role, without }) => role === 'primary' && without === null);
  return { ...interim, now: open ? interim.now : null };
}

/**
 * @throws UserError `too-small` when an arm has fewer children than the threshold: nothing may be shown; `does-not-add-up`
 *   when a count of the record stands in no sum
 */
export function shownRecord(record: AnalysisRecord): ShownRecord {
  const { disclosure } = record.study;
  const { threshold } = disclosure;
  const problems = reconcile(record);
  if (problems.length > 0)
    throw new UserError('does-not-add-up', `The record does not add up: ${problems.join('; ')}.`);
  if (Math.min(record.participants.trial, record.participants.comparison) < threshold)
    throw new UserError(
      'too-small',
      `An arm has fewer than ${threshold} children: nothing may be shown of this evaluation.`,
      { field: 'participants' },
    );
  const balance = shownBalance(record.balance, record.participants, threshold);
  const results = shownResults(record);
  return {
    ...record,
    threshold,
    flow: shownFlow(record, threshold),
    balance,
    matching: shownMatching(record.matching, balance, disclosure),
    gates: record.gates.map(({ id, state, accepted, words, children }) => ({
      id,
      state,
      accepted,
      words: children.some((count) => isSmall(count, disclosure)) ? null : words,
    })),
    results,
    interim: shownInterim(record, results),
    costs: shownCosts(record, results),
  };
}
