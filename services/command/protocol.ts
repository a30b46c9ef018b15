// `waymark protocol check | dry-run | diff | template`: a protocol is written, tried and compared before anything depends on it.
import { Argument, type Command } from 'commander';
import { readProtocol, readText } from '../evaluations/evaluate/input-files.ts';
import { evaluationNamed } from '../evaluations/evaluation.ts';
import { checkProtocol } from '../evaluations/protocol/check.ts';
import { type DryRun, dryRun } from '../evaluations/protocol/dry-run.ts';
import { templates } from '../evaluations/protocol/templates.ts';
import { differences } from '../evaluations/protocol/words.ts';
import { contentHash } from '../platform/content-hash.ts';
import { UserError } from '../platform/errors.ts';
import { print, withDatabase } from './context.ts';

interface Json {
  json?: boolean;
}

async function check(file: string, { json }: Json): Promise<void> {
  const { protocol, faults } = checkProtocol(await readText(file));
  const hash = protocol && contentHash(protocol);
  print(json, { file, valid: protocol !== null, hash, faults }, () =>
    protocol
      ? [`${file} is right. Hash: ${hash}`]
      : faults.map(
          ({ line, column, field, message, suggestion }) =>
            `${file}:${line}:${column}: ${field} ${message}${suggestion === null ? '' : ` (${suggestion})`}`,
        ),
  );
  if (!protocol) process.exitCode = 2;
}

function dryRunLines(found: DryRun): string[] {
  const { children, power, unknownCouncils, byMonthAndCouncil } = found;
  return [
    `${children.withIndex} children have an index record in the window; ${children.eligible} are eligible.`,
    ...found.excluded.map(({ reason, count }) => `  ${count} excluded: ${reason}`),
    ...(unknownCouncils.length === 0
      ? []
      : [`No child is known here of ${unknownCouncils.join(', ')}: they are not counted.`]),
    ...(byMonthAndCouncil.length === 0 ? [] : ['Month    Council    Eligible']),
    ...byMonthAndCouncil.map(
      ({ month, council, eligible }) => `${month}  ${council}  ${eligible ?? 'hidden: few'}`,
    ),
    ...found.maturity.map(({ horizon, lastDueOn }) => `${horizon} months are complete on ${lastDueOn}.`),
    power === null
      ? 'Power: not told. It needs analysis.sizing, four clusters with eligible children, and a design with two arms or steps.'
      : `Power ${(100 * power.power).toFixed(1)}% to tell ${100 * power.trialRisk}% from ${100 * power.comparisonRisk}%: ` +
        (power.design === 'two-arms'
          ? `two equal arms of ${power.clusters} clusters in all, ${power.clusterSize.toFixed(1)} children each.`
          : `a stepped wedge of ${power.clusters} councils, ${power.clusterSize.toFixed(1)} children a council and period.`),
  ];
}

async function protocolOf(file: string | undefined, evaluation: string | undefined) {
  if ((file === undefined) === (evaluation === undefined))
    throw new UserError('bad-input', 'Give a protocol file, or --evaluation, and not both.', {
      field: 'file',
    });
  if (file !== undefined) return readProtocol(file);
  return withDatabase(async (db) => {
    const found = await evaluationNamed(db, evaluation ?? '');
    if (found) return found.protocol;
    throw new UserError('unknown-evaluation', `There is no evaluation ${evaluation}.`, {
      field: 'evaluation',
    });
  });
}

export function registerProtocol(program: Command): void {
  const protocol = program.command('protocol').description('Write, check, try and compare protocols');
  protocol
    .command('check <file>')
    .description('Tell every fault of a protocol file at its line and column, with what was probably meant')
    .option('--json', 'print one JSON document')
    .action(check);
  protocol
    .command('dry-run [file]')
    .description('Count who would be eligible now, by month and council, when results are due, and the power')
    .option('--evaluation <id>', 'the protocol of this evaluation, in the file’s place')
    .option('--json', 'print one JSON document')
    .action(async (file: string | undefined, { evaluation, json }: Json & { evaluation?: string }) => {
      const tried = await protocolOf(file, evaluation);
      const found = await withDatabase((db) => dryRun(db, tried));
      print(json, found, () => dryRunLines(found));
    });
  protocol
    .command('diff <before> <after>')
    .description('Say in words what two versions of a protocol differ in')
    .option('--json', 'print one JSON document')
    .action(async (before: string, after: string, { json }: Json) => {
      const changed = differences(await readProtocol(before), await readProtocol(after));
      print(json, changed, () =>
        changed.length === 0
          ? ['Both say the same.']
          : changed.flatMap(({ section, removed, added }) => [
              section,
              ...removed.map((line) => `  - ${line}`),
              ...added.map((line) => `  + ${line}`),
            ]),
      );
    });
  protocol
    .command('template')
    .description('Print a ready protocol to begin from')
    .addArgument(new Argument('<name>', 'the design').choices(Object.keys(templates)))
    .option('--json', 'print one JSON document')
    .action((name: string, { json }: Json) => {
      const yaml = templates[name] ?? '';
      print(json, { name, yaml }, () => [yaml.trimEnd()]);
    });
}
