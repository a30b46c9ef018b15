// The counts of an analysis as a result: judged, and remembered, like every table of counts.
import type { AnalysisRecord, AnalysisSet } from '../../../schemas/analysis.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import type { ArmCounts, ResultRecord } from '../../../schemas/result.ts';

function armCounts({ arm, enrolled, notAtRisk, pending, matured, events, censored }: AnalysisSet): ArmCounts {
  if (events === null || censored === null) throw new Error('the effects of this analysis are withheld');
  const noEvents = matured - events - censored;
  const risk = matured > 0 ? events / matured : null;
  return { arm, enrolled, notAtRisk, pending, matured, events, noEvents, censored, risk };
}

/**
 * @param protocol as it stood when the analysis was made
 * @param cut when what it knows was stored
 */
export const countsOf = (record: AnalysisRecord, protocol: Protocol, cut: Date): ResultRecord => ({
  resultVersion: 1,
  evaluation: record.evaluation,
  title: record.title,
  dataSource: record.dataSource,
  protocolHash: record.protocolHash,
  definitions: record.definitions.flatMap(({ id, version, hash }) => {
    const definition = protocol.outcomes.find((one) => one.id === id);
    return definition ? [{ id, version, hash, definition }] : [];
  }),
  codeVersion: record.codeVersion,
  computedAt: cut.toISOString(),
  participants: record.participants,
  completeThrough: null,
  waves: { total: 0, frozen: [] },
  results: record.results.map(({ outcome, horizon, sets }) => ({
    ...{ outcome, horizon, arms: sets.map(armCounts), effect: null, warnings: [] },
  })),
  deviations: [],
});
