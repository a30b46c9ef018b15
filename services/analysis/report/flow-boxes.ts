// The flow of participants as CONSORT 2025 draws it, as boxes of lines: what a drawing and a text are both made of. The items
// of CONSORT-ROUTINE (where records are, until when they are complete) and of the cluster extension (units) stand in them.
import { counted, months } from '../../page/words.ts';
import { indexRecord, plainNumber, reasonName, units } from './say.ts';
import type { ShownOutcome, ShownRecord, ShownSet } from './shown.ts';

export interface FlowBox {
  title: string;
  lines: string[];
}

export interface FlowBoxes {
  screened: FlowBox;
  excluded: FlowBox;
  enrolled: FlowBox;
  /** Trial, then comparison: allocation, then one box a horizon of the primary outcome, then analysis. */
  arms: FlowBox[][];
}

/** Spaces that do not break: a count stays beside its letter. */
const n = (value: number | null): string => `n\u00a0=\u00a0${plainNumber(value)}`;

function horizonBox(set: ShownSet, { horizon, without }: ShownOutcome): FlowBox {
  return {
    title: `Followed for ${months(horizon)} (${n(set.matured)})`,
    lines: [
      `Not yet followed so long (${n(set.pending)})`,
      `Could not have the outcome (${n(set.notAtRisk)})`,
      ...(without === 'withheld' ? [] : [`Left before the end (${n(set.censored)})`]),
    ],
  };
}

function analysisBox(set: ShownSet, { horizon, without }: ShownOutcome, ofUnits: string): FlowBox {
  return {
    title: `Analysed at ${months(horizon)} (${n(set.analysed)})`,
    lines: [
      `Clusters (${ofUnits}): ${plainNumber(set.clusters)}`,
      ...(set.straddling === 0 ? [] : [`Left out, recording changed (${n(set.straddling)})`]),
      `Left out, a covariate not known (${n(set.missingCovariates)})`,
      ...(without === 'withheld' ? ['Effects withheld: a check failed'] : []),
    ],
  };
}

export function flowBoxes(record: ShownRecord): FlowBoxes {
  const { flow, study, results } = record;
  const own = results.filter(({ outcome }) => outcome === study.primary.outcome);
  const primary = own.find(({ horizon }) => horizon === study.primary.horizon);
  const ofUnits = study.plan.clusters === 'council' ? 'councils' : units(study.unit);
  const randomised = study.design === 'randomised';
  return {
    screened: {
      title: `Children in councils’ records (${n(flow.screened)})`,
      lines: [`${counted(study.councils.length, 'council')}`],
    },
    excluded: {
      title: 'Excluded',
      lines:
        flow.excluded.length === 0
          ? ['Nobody']
          : flow.excluded.map(({ reason, count }) => `${reasonName(reason)} (${n(count)})`),
    },
    enrolled: {
      title: `${randomised ? 'Randomised' : 'Enrolled'} (${n(flow.enrolled)})`,
      lines: [`First ${indexRecord[study.population.index.record] ?? 'record'} in the window`],
    },
    arms: flow.allocated.map((arm) => [
      {
        title: `${study.arms[arm.arm]} (${n(arm.participants)})`,
        lines: [
          ...(study.unit === 'child' ? [] : [`${plainNumber(arm.units)} ${units(study.unit)}`]),
          ...(study.unit === 'council' ? [] : [`in ${counted(arm.councils, 'council')}`]),
        ],
      },
      ...own.flatMap((outcome) => {
        const set = outcome.sets.find((one) => one.arm === arm.arm);
        return set ? [horizonBox(set, outcome)] : [];
      }),
      ...(primary?.sets ?? [])
        .filter((set) => set.arm === arm.arm)
        .map((set) => analysisBox(set, primary as ShownOutcome, ofUnits)),
    ]),
  };
}

/** The same, as text. */
export function flowText(boxes: FlowBoxes): string {
  const write = ({ title, lines }: FlowBox, indent: string) =>
    [`${indent}${title}`, ...lines.map((line) => `${indent}  - ${line}`)].join('\n');
  const text = [
    write(boxes.screened, ''),
    write(boxes.excluded, '  '),
    write(boxes.enrolled, ''),
    ...boxes.arms.map((arm) => arm.map((box, at) => write(box, at === 0 ? '  ' : '    ')).join('\n')),
  ].join('\n');
  return text.replaceAll('\u00a0', ' ');
}
