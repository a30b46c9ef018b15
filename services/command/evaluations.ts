// Tasks of evaluators and operators on the running stack: register, allocate, make keys, read outcomes.
import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { parse as parseCsv } from 'csv-parse/sync';
import { z } from 'zod';
import { CouncilCode } from '../../schemas/case-event.ts';
import { DataSource } from '../../schemas/protocol.ts';
import { evaluationRoles } from '../access/roles.ts';
import { resultOf } from '../analysis/result.ts';
import { dayGiven, endOfDay, evaluateAsOf } from '../evaluations/as-of/as-of.ts';
import { registerDiff } from '../evaluations/as-of/command.ts';
import { readProtocol } from '../evaluations/evaluate/input-files.ts';
import { lines } from '../evaluations/evaluate/print.ts';
import { unblindedNamed } from '../evaluations/evaluation.ts';
import { registerMaturity } from '../evaluations/maturing/command.ts';
import { registerRebuild } from '../evaluations/rebuild/command.ts';
import { createEvaluation, importAllocations, registerCouncils } from '../evaluations/register.ts';
import { createKey, type Role, roles } from '../platform/access.ts';
import { UserError } from '../platform/errors.ts';
import { print, withDatabase } from './context.ts';
import { registerLifecycle, registerSigners } from './lifecycle.ts';
import { resultTable } from './result-table.ts';

interface Json {
  json?: boolean;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UserError('unreadable-file', `The file ${file} cannot be read: ${(error as Error).message}.`, {
      file,
    });
  }
}

const AllocationRow = z.object({
  council: CouncilCode,
  unit: z.string().regex(/^[cft][0-9a-f]{32}$/, 'must be a child, family or team pseudonym'),
  arm: z.enum(['trial', 'comparison']),
});

async function readAllocations(file: string) {
  const rows = parseCsv(await readText(file), {
    columns: true,
    trim: true,
    skip_empty_lines: true,
  }) as unknown[];
  return rows.map((row, at) => {
    const parsed = AllocationRow.safeParse(row);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    const field = String(issue?.path[0] ?? '');
    throw new UserError('bad-allocation', `Line ${at + 2} of the list: ${field} ${issue?.message}.`, {
      file,
      line: at + 2,
      field,
    });
  });
}

interface KeyOptions {
  role: Role;
  council?: string;
  evaluation?: string;
  label: string;
}

interface OutcomesOptions extends Json {
  evaluation: string;
  asOf?: string;
}

async function showOutcomes({ evaluation: slug, asOf, json }: OutcomesOptions): Promise<void> {
  if (asOf !== undefined) {
    const day = dayGiven(asOf, 'as-of');
    const record = await withDatabase(async (db) =>
      evaluateAsOf(db, await unblindedNamed(db, slug), endOfDay(day), day),
    );
    return print(json, record, () => lines(record));
  }
  const result = await withDatabase(async (db) => resultOf(db, await unblindedNamed(db, slug)));
  print(json, result, () => resultTable(result));
}

export function registerEvaluations(program: Command): void {
  program
    .command('outcomes')
    .description('Print the outcomes of an evaluation by arm, horizon and maturity')
    .requiredOption('--evaluation <id>', 'the evaluation’s id')
    .option('--as-of <date>', 'as known here by the end of this day, worked out from the ledger; YYYY-MM-DD')
    .option(
      '--json',
      'print the result record, or with --as-of the one of waymark evaluate, as one JSON document',
    )
    .action(showOutcomes);
  registerDiff(program, withDatabase, print);
  registerMaturity(program, withDatabase, print);

  const evaluation = program
    .command('evaluation')
    .description('Create evaluations and take them from draft to closed');
  registerLifecycle(evaluation);
  registerSigners(program);
  evaluation
    .command('create <protocol>')
    .description('Store the evaluation that a protocol file (YAML or JSON) describes')
    .requiredOption('--by <name>', 'who creates it')
    .option('--json', 'print one JSON document')
    .action(async (file: string, { by, json }: Json & { by: string }) => {
      const protocol = await readProtocol(file);
      const created = await withDatabase((db) => createEvaluation(db, protocol, { by, at: new Date() }));
      print(json, created, () => [
        created.created
          ? `Created ${created.slug}.`
          : `${created.slug} exists already, with this very protocol.`,
      ]);
    });
  evaluation
    .command('allocate <list>')
    .description('Import a CSV list (council, unit, arm) of allocated families or children')
    .requiredOption('--evaluation <id>', 'the evaluation’s id')
    .option('--json', 'print one JSON document')
    .action(async (file: string, { evaluation: slug, json }: Json & { evaluation: string }) => {
      const units = await readAllocations(file);
      const { added } = await withDatabase((db) => importAllocations(db, slug, units));
      print(json, { added, known: units.length - added }, () => [
        `Added ${added} units; ${units.length - added} had an arm already.`,
      ]);
    });

  program
    .command('register <council> <name>')
    .description('Register a council by its ONS code')
    .addOption(
      new Option('--data-source <source>', 'where its records come from')
        .choices(DataSource.options)
        .default('real'),
    )
    .option('--json', 'print one JSON document')
    .action(async (code: string, name: string, { dataSource, json }: Json & { dataSource: DataSource }) => {
      const parsed = CouncilCode.safeParse(code);
      if (!parsed.success)
        throw new UserError('bad-council', `The code ${parsed.error.issues[0]?.message}.`, {
          field: 'council',
        });
      await withDatabase((db) => registerCouncils(db, [{ code, name, dataSource }]));
      print(json, { council: code }, () => [`${name} is registered.`]);
    });

  program
    .command('key')
    .description('Make an API key; it is shown once')
    .addOption(new Option('--role <role>', 'what the key may do').choices(roles).makeOptionMandatory())
    .option('--council <code>', 'the council that a key of the role council or allocator belongs to')
    .option(
      '--evaluation <id>',
      'the one evaluation that a key of an evaluation’s role reads; without it every one',
    )
    .requiredOption('--label <text>', 'who holds it')
    .option('--json', 'print one JSON document')
    .action(async ({ role, council, evaluation, label, json }: Json & KeyOptions) => {
      if (['council', 'allocator'].includes(role) !== (council !== undefined)) {
        throw new UserError(
          'bad-key',
          'Give --council for a council’s or an allocator’s key, and only for one.',
          {
            field: 'council',
          },
        );
      }
      if (evaluation !== undefined && !evaluationRoles.some((one) => one === role))
        throw new UserError('bad-key', `A key of the role ${role} is not bound to an evaluation.`, {
          field: 'evaluation',
        });
      const key = await withDatabase((db) =>
        createKey(db, { label, role, council: council ?? null, evaluation: evaluation ?? null }),
      );
      print(json, { key, role, label }, () => [key]);
    });

  registerRebuild(program, withDatabase, print);
}
