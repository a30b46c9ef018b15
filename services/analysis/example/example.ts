// An example from its folder: a protocol, what is simulated, and what comes of analysing it. The way is that of real records:
// lines of events are read, outcomes are worked out by the reference engine, and the plan is carried out on them.
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { AnalysisRecord, UnitCosts } from '../../../schemas/analysis.ts';
import type { Arm, Protocol } from '../../../schemas/protocol.ts';
import { type ListedArms, listKey, NOTHING_ALLOTTED } from '../../evaluations/evaluate/allocation.ts';
import { readProtocol } from '../../evaluations/evaluate/input-files.ts';
import { Known } from '../../evaluations/evaluate/known.ts';
import { UserError } from '../../platform/errors.ts';
import { codeVersion } from '../../platform/version.ts';
import { type Cohort, cohortOf } from '../../simulator/cohort/cohort.ts';
import { linesOf, listOf } from '../../simulator/cohort/messages.ts';
import { CohortSpec } from '../../simulator/cohort/spec.ts';
import { analyse, type Snapshot } from '../plan/analyse.ts';
import { snapshotOf } from '../plan/from-files.ts';
import type { Acceptance } from '../plan/gates.ts';
import { readUnitCosts } from '../plan/read-costs.ts';

export interface Example {
  name: string;
  protocol: Protocol;
  /** The protocol of somebody who overlooks what this example is about. */
  naive: Protocol | null;
  spec: CohortSpec;
  /** What events cost, where the example counts costs. */
  unitCosts: UnitCosts | null;
}

const folder = new URL('../../../examples/', import.meta.url);

/** In the order in which they are to be read. */
export const exampleNames = [
  'family-group-conferences',
  'family-courts',
  'pathfinders-in-waves',
  'stepped-wedge',
] as const;

export const fileOf = (name: string, file: string): string => new URL(`${name}/${file}`, folder).pathname;

/** @throws UserError `unknown-example` */
export async function readExample(name: string, seed?: string): Promise<Example> {
  if (!(exampleNames as readonly string[]).includes(name))
    throw new UserError('unknown-example', `There is no example ${name}: ${exampleNames.join(', ')}.`, {
      field: 'name',
    });
  const spec = CohortSpec.parse(parse(await readFile(fileOf(name, 'simulation.yaml'), 'utf8')));
  return {
    name,
    protocol: await readProtocol(fileOf(name, 'protocol.yaml')),
    naive: name === 'pathfinders-in-waves' ? await readProtocol(fileOf(name, 'naive.yaml')) : null,
    unitCosts: name === 'family-group-conferences' ? await readUnitCosts(fileOf(name, 'costs.yaml')) : null,
    spec: seed === undefined ? spec : { ...spec, seed },
  };
}

export interface Analysed {
  cohort: Cohort;
  snapshot: Snapshot;
  record: AnalysisRecord;
}

function armsOf(cohort: Cohort): ListedArms {
  const rows = listOf(cohort).trimEnd().split('\n').slice(1);
  return new Map(
    rows.map((row) => {
      const [council = '', unit = '', arm] = row.split(',');
      return [listKey(council, unit), arm as Arm] as const;
    }),
  );
}

/** Reads what the councils of the cohort send, and carries out the plan. */
export function analyseCohort(
  cohort: Cohort,
  protocol: Protocol = cohort.protocol,
  acceptances: readonly Acceptance[] = [],
  unitCosts: UnitCosts | null = null,
): Analysed {
  const known = new Known(protocol.councils, null);
  for (const line of linesOf(cohort)) known.take(line);
  const byList = protocol.allocation?.method === 'list';
  const allotted = byList ? { ...NOTHING_ALLOTTED, arms: armsOf(cohort) } : NOTHING_ALLOTTED;
  const snapshot = snapshotOf(protocol, known, allotted, { codeVersion, asOf: null });
  return { cohort, snapshot, record: analyse(protocol, snapshot, acceptances, codeVersion, unitCosts) };
}

export const cohortOfExample = ({ spec, protocol }: Example): Cohort => cohortOf(spec, protocol);
