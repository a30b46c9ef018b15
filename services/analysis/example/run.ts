// One example from nothing to a report: everything that it is made of and comes to, in one folder.
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../platform/errors.ts';
import { linesOf, listOf } from '../../simulator/cohort/messages.ts';
import { writeReport } from '../report/write.ts';
import { type Analysed, analyseCohort, cohortOfExample, type Example, fileOf } from './example.ts';
import { type Recovery, recoveries } from './planted.ts';
import { recoveryTable } from './results.ts';

export interface ExampleRun {
  name: string;
  seed: string;
  /** Every protocol of the example, the naive one last. */
  analyses: { protocol: string; withheld: boolean; results: Recovery[] }[];
  files: string[];
}

const resultsPage = ({ name, spec }: Example, analyses: readonly [string, Analysed][]): string =>
  `# ${name}: results\n\n**Simulated data**, seed \`${spec.seed}\`. ${spec.words}\n${analyses
    .map(
      ([file, analysed]) =>
        `\n## ${analysed.record.title}\n\nProtocol \`${file}\`.\n\n${recoveryTable(analysed)}\n`,
    )
    .join('')}`;

/**
 * Simulates, writes what councils would send, analyses it, and writes record and report.
 * @throws UserError `cannot-write`
 */
export async function runExample(
  example: Example,
  folder: string,
  tell: (words: string) => void,
): Promise<ExampleRun> {
  tell(`Simulating ${example.spec.children.toLocaleString('en-GB')} children of ${example.name}`);
  const cohort = cohortOfExample(example);
  const files: string[] = [];
  const write = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    files.push(join(folder, name));
  };
  try {
    await mkdir(folder, { recursive: true });
    const given = [
      'protocol.yaml',
      ...(example.naive ? ['naive.yaml'] : []),
      ...(example.unitCosts ? ['costs.yaml'] : []),
    ];
    for (const file of given) {
      await copyFile(fileOf(example.name, file), join(folder, file));
      files.push(join(folder, file));
    }
    await write('events.ndjson', `${[...linesOf(cohort)].join('\n')}\n`);
    if (cohort.protocol.allocation?.method === 'list') await write('allocations.csv', listOf(cohort));
    const analyses: [string, Analysed][] = [];
    for (const [file, protocol] of [
      ['protocol.yaml', example.protocol],
      ...(example.naive ? [['naive.yaml', example.naive] as const] : []),
    ] as const) {
      tell(`Analysing by ${file}`);
      const analysed = analyseCohort(cohort, protocol, [], example.unitCosts);
      const own = file === 'protocol.yaml' ? folder : join(folder, 'naive');
      files.push(...(await writeReport(analysed.record, own)));
      const record = join(own, 'record.json');
      await writeFile(record, `${JSON.stringify(analysed.record)}\n`);
      files.push(record);
      analyses.push([file, analysed]);
    }
    await write('results.md', resultsPage(example, analyses));
    return {
      name: example.name,
      seed: example.spec.seed,
      analyses: analyses.map(([protocol, analysed]) => ({
        protocol,
        withheld: analysed.record.withheld,
        results: recoveries(analysed),
      })),
      files,
    };
  } catch (error) {
    if (error instanceof Error && 'code' in error && 'syscall' in error)
      throw new UserError(
        'cannot-write',
        `The folder ${folder} cannot be written: ${error.message}.`,
        { file: folder },
        1,
      );
    throw error;
  }
}
