// The analysis record for people at a terminal: gates first, then who was followed, then what was found.
import type { AnalysisRecord, Estimate, OutcomeAnalysis } from '../../../schemas/analysis.ts';

const percent = (share: number | null): string =>
  share === null ? 'withheld' : `${(100 * share).toFixed(1)}%`;
const number = (value: number | null, digits: number): string =>
  value === null ? '?' : value.toFixed(digits);

function estimateLine(row: Estimate): string {
  const points = row.measure === 'risk-difference';
  const scale = (value: number | null) => (value === null ? null : points ? 100 * value : value);
  const [at, from, to] = [row.estimate, row.lower, row.upper].map((value) => number(scale(value), 2));
  const p = row.p === null ? 'no interval' : `p ${row.p < 0.001 ? 'under 0.001' : row.p.toFixed(3)}`;
  const name = `${row.measure.replaceAll('-', ' ')}${points ? ' (points)' : ''}, ${row.adjusted ? 'adjusted' : 'unadjusted'}`;
  return `    ${name.padEnd(38)} ${at} (${from} to ${to}), ${p}; ${row.method}, ${row.variance}`;
}

function resultLines(result: OutcomeAnalysis): string[] {
  const sets = result.sets.map(
    (set) =>
      `    ${set.arm}: ${set.enrolled} enrolled, ${set.notAtRisk} not at risk, ${set.pending} pending, ${set.matured} matured; risk ${percent(set.risk)}`,
  );
  const subgroups = result.subgroups.flatMap(({ by, levels, interaction }) => [
    `    by ${by}${interaction ? ` (interaction p ${interaction.p.toFixed(3)})` : ''}: ${levels
      .map(
        ({ level, effect }) =>
          `${level} ${number(effect?.estimate == null ? null : 100 * effect.estimate, 2)}`,
      )
      .join(', ')}`,
  ]);
  return [
    `  ${result.outcome}, ${result.horizon} months (${result.role})`,
    ...sets,
    ...result.estimates.map(estimateLine),
    ...subgroups,
    ...result.warnings.map((warning) => `    ! ${warning}`),
  ];
}

function interimLines({ interim }: AnalysisRecord): string[] {
  if (!interim) return [];
  const { looks, now } = interim;
  return [
    '',
    'Looks before the end',
    ...looks.map(
      ({ information, state, boundary, p, spent }) =>
        `  ${state.padEnd(8)} at ${percent(information)}: boundary ${boundary.toFixed(3)}, p below ${p.toPrecision(3)}, spent ${spent.toPrecision(3)}`,
    ),
    ...(now
      ? [
          `  statistic ${now.statistic.toFixed(3)}: ${now.crossed === 'none' ? 'no boundary is crossed' : `crossed, ${now.crossed.replace('-', ' ')} in the trial arm`}${now.harm ? `; harm boundary ${now.harm.boundary.toFixed(3)}, ${now.harm.crossed ? 'CROSSED' : 'not crossed'}` : ''}`,
        ]
      : []),
  ];
}

const marks = { passed: 'ok  ', failed: 'FAIL', accepted: 'said', 'not-applicable': '-   ' } as const;

export function analysisLines(record: AnalysisRecord): string[] {
  return [
    record.title,
    ...(record.dataSource === 'real' ? [] : [`${record.dataSource.toUpperCase()} DATA`]),
    '',
    'Gates',
    ...record.gates.map(
      ({ id, state, words, accepted }) =>
        `  ${marks[state]} ${id}: ${words}${accepted ? ` Accepted by ${accepted.by}: ${accepted.reason}` : ''}`,
    ),
    ...interimLines(record),
    '',
    record.withheld
      ? 'Effects are withheld: a gate failed. Record why they may be looked at with --accept.'
      : 'Results',
    ...record.results.flatMap(resultLines),
    '',
    `Snapshot ${record.snapshotHash.slice(0, 16)}, protocol ${record.protocolHash.slice(0, 16)}, code ${record.codeVersion}.`,
  ];
}
