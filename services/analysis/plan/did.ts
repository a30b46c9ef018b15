// Differences in differences from a plan: councils by wave of index day, each council's share with the event a cell, and
// effects by the method of Callaway and Sant'Anna (2021) as `waymark estimate` has it. Every council counts once.
import type { Estimate, EventStudy } from '../../../schemas/analysis.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import type { Answer } from '../../statistics/answer.ts';
import type { Table } from '../../statistics/data/table.ts';
import { StatisticsError } from '../../statistics/errors.ts';
import { estimate } from '../../statistics/estimate.ts';
import { categories, numbers } from './columns.ts';
import { type AnalysedOutcome, type AnalysisParticipant, waveStart } from './participant.ts';
import { isAnalysed, isLeftOut, type OutcomeOf } from './sets.ts';
import { isStraddling } from './straddling.ts';

interface Cell {
  council: string;
  wave: string;
  n: number;
  events: number;
}

interface Panel {
  waves: string[];
  cells: Cell[];
  warnings: string[];
}

interface Asked {
  protocol: Protocol;
  participants: readonly AnalysisParticipant[];
  outcomeOf: OutcomeOf;
  ownClock: boolean;
}

/**
 * Whole waves only: one in which somebody is still pending, or is left out for a change of recording, or in which a council
 * has nobody, is no wave of the panel.
 */
function panelOf({ protocol, participants, outcomeOf, ownClock }: Asked): Panel {
  const cells = new Map<string, Cell>();
  const broken = new Map<string, string>();
  const all = new Set<string>();
  for (const one of participants) {
    const wave = waveStart(one.indexDay, protocol.waves);
    const outcome: AnalysedOutcome = outcomeOf(one);
    all.add(wave);
    if (isLeftOut(outcome, ownClock)) continue;
    if (!isAnalysed(outcome)) broken.set(wave, 'wave-not-followed');
    else if (isStraddling(protocol, one, outcome)) broken.set(wave, 'wave-straddles-a-change');
    else {
      const key = `${wave} ${one.council}`;
      const cell = cells.get(key) ?? { council: one.council, wave, n: 0, events: 0 };
      cell.n += 1;
      if (outcome.state === 'event') cell.events += 1;
      cells.set(key, cell);
    }
  }
  const { councils } = protocol;
  for (const wave of all)
    if (!broken.has(wave) && councils.some((council) => !cells.has(`${wave} ${council}`)))
      broken.set(wave, 'wave-without-a-council');
  const waves = [...all].filter((wave) => !broken.has(wave)).sort();
  return {
    waves,
    cells: [...cells.values()].filter(({ wave }) => !broken.has(wave)),
    warnings: [...broken].sort().map(([wave, why]) => `${why}: ${wave}`),
  };
}

/** Which wave of the panel a council begins in, counted from 1; after the last of them, one more; 0 is never. */
function firstWaves(
  protocol: Protocol,
  waves: readonly string[],
): { first: Map<string, number>; warnings: string[] } {
  const warnings: string[] = [];
  const first = new Map(protocol.councils.map((council) => [council, 0]));
  if (protocol.exposure?.by !== 'go-live') return { first, warnings };
  for (const { council, from } of protocol.exposure.goLive) {
    const start = waveStart(from, protocol.waves);
    if (start !== from) warnings.push(`wave-treated-in-part: ${council}`);
    const at = waves.findIndex((wave) => wave >= start);
    first.set(council, at < 0 ? waves.length + 1 : at + 1);
  }
  return { first, warnings };
}

const tableOf = ({ cells, waves }: Panel, first: ReadonlyMap<string, number>): Table => {
  const columns = [
    categories(
      'council',
      cells.map(({ council }) => council),
    ),
    numbers(
      'wave',
      cells.map(({ wave }) => waves.indexOf(wave) + 1),
    ),
    numbers(
      'first',
      cells.map(({ council }) => first.get(council) ?? 0),
    ),
    numbers(
      'risk',
      cells.map(({ n, events }) => events / n),
    ),
  ];
  return { n: cells.length, columns: new Map(columns.map((column) => [column.name, column])) };
};

interface Row {
  event: number;
  estimate: number | null;
  se: number | null;
  lower: number | null;
  upper: number | null;
  p: number | null;
}

function eventStudyOf(answer: Answer, waves: string[], began: number, compared: number): EventStudy {
  const { byEvent } = (answer.aggregates as { dynamic: { byEvent: Row[] } }).dynamic;
  const before = byEvent.flatMap(({ event, p }) => (event < 0 && p !== null ? [p] : []));
  return {
    waves,
    councils: { began, compared },
    steps: byEvent.map(({ event, se, ...row }) => ({
      event,
      estimate: row.estimate,
      standardError: se,
      lower: row.lower,
      upper: row.upper,
      p: row.p,
    })),
    preTrendP: before.length > 0 ? Math.min(1, before.length * Math.min(...before)) : null,
  };
}

export interface DidResult {
  estimates: Estimate[];
  eventStudy: EventStudy | null;
  warnings: string[];
}

/** The mean effect of all waves in which councils had begun, and the effects by waves since they began. */
export function didEstimates(asked: Asked): DidResult {
  const { protocol } = asked;
  const { analysis } = protocol;
  const panel = panelOf(asked);
  const { first, warnings } = firstWaves(protocol, panel.waves);
  const said = [...panel.warnings, ...warnings];
  try {
    const answer = estimate(
      {
        method: 'did',
        beside: false,
        level: 1 - (analysis?.alpha ?? 0.05),
        outcome: 'risk',
        unit: 'council',
        time: 'wave',
        firstTreated: 'first',
        control: analysis?.model.control ?? 'never',
        cluster: ['council'],
      },
      tableOf(panel, first),
    );
    const simple = answer.estimates?.find(({ term }) => term === 'simple');
    const starts = [...first.values()];
    const began = starts.filter((wave) => wave > 0 && wave <= panel.waves.length).length;
    return {
      estimates: simple
        ? [
            {
              measure: 'risk-difference',
              adjusted: true,
              estimate: simple.estimate,
              standardError: simple.se,
              degreesOfFreedom: simple.df,
              lower: simple.lower,
              upper: simple.upper,
              p: simple.p,
              method: 'did',
              variance: [answer.vcovType, answer.df].filter((part) => typeof part === 'string').join(', '),
              n: panel.cells.reduce((sum, { n }) => sum + n, 0),
              clusters: starts.length,
              warnings: answer.warnings,
            },
          ]
        : [],
      eventStudy: eventStudyOf(answer, panel.waves, began, starts.length - began),
      warnings: said,
    };
  } catch (error) {
    if (!(error instanceof StatisticsError)) throw error;
    return { estimates: [], eventStudy: null, warnings: [...said, `did: ${error.code}`] };
  }
}
