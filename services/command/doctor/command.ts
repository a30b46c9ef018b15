// `waymark doctor`: is this stack well, and if not, what is to be done.
import type { Command } from 'commander';
import { addressesOf, context, print } from '../context.ts';
import { examine } from './doctor.ts';
import { exitCodeOf, type Finding, type Verdict } from './finding.ts';

const marks: Record<Verdict, string> = { well: 'well  ', wrong: 'WRONG ', unseen: 'unseen' };

const linesOf = ({ check, verdict, found, advice }: Finding): string[] => [
  `${marks[verdict]} ${check.padEnd(12)} ${found}`,
  ...(advice ? [`${' '.repeat(20)}→ ${advice}`] : []),
];

async function runDoctor({ json }: { json?: boolean }): Promise<void> {
  const { config } = context('doctor');
  const found = await examine(await addressesOf(config), config);
  process.exitCode = exitCodeOf(found);
  const count = (verdict: Verdict): number => found.filter((one) => one.verdict === verdict).length;
  print(json, { well: process.exitCode === 0, findings: found }, () => [
    ...found.flatMap(linesOf),
    `${count('well')} well, ${count('wrong')} wrong, ${count('unseen')} not seen.`,
  ]);
}

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('Look at every part of the stack, change nothing, and say what to do about what is wrong')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExit codes: 0 all is well; 1 something is wrong; 2 nothing is wrong in what could be seen, but not all could.',
    )
    .action(runDoctor);
}
