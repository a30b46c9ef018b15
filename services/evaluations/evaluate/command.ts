// `waymark evaluate`: a dry run of a protocol on a file of events, by the reference engine and without any infrastructure.
import type { Command } from 'commander';
import { CivilDate } from '../../../schemas/calendar.ts';
import { UserError } from '../../platform/errors.ts';
import { codeVersion } from '../../platform/version.ts';
import { listKey } from './allocation.ts';
import { allottedIn } from './allotted-files.ts';
import { type EvaluateRecord, evaluate } from './evaluate.ts';
import { readEvents, readOptOuts, readProtocol } from './input-files.ts';
import { Known } from './known.ts';
import { lines } from './print.ts';

interface Options {
  protocol: string;
  events: string;
  asOf?: string;
  allocations?: string;
  councils?: string;
  optOuts?: string;
  json?: boolean;
}

export function dayOf(asOf: string | undefined): string | null {
  if (asOf === undefined) return null;
  const parsed = CivilDate.safeParse(asOf);
  if (parsed.success) return parsed.data;
  throw new UserError('bad-date', `--as-of ${parsed.error.issues[0]?.message}.`, { field: 'as-of' });
}

/**
 * Evaluates a file of events (NDJSON of case events and feed statements) to a protocol.
 * @param options `asOf`: only what was recorded by the end of that Europe/London day
 * @throws UserError for a file, a protocol, a list or a day that cannot be used; a bad line of events is counted, not thrown
 */
export async function evaluateFiles({
  protocol: file,
  events,
  asOf,
  optOuts,
  ...lists
}: Options): Promise<EvaluateRecord> {
  const day = dayOf(asOf);
  const protocol = await readProtocol(file);
  const allotted = await allottedIn(protocol, lists, day);
  const known = new Known(protocol.councils, day);
  await readEvents(events, known);
  const out = optOuts === undefined ? [] : await readOptOuts(optOuts);
  const optedOut = new Set(out.map(({ council, unit }) => listKey(council, unit)));
  return evaluate(protocol, known, allotted, { codeVersion, asOf: day }, optedOut);
}

/** The exit code when everything was worked out, of a file some of whose lines were refused. */
export const SOME_REFUSED = 3;

export function registerEvaluate(program: Command): void {
  program
    .command('evaluate')
    .description('Work out an evaluation’s outcomes from a file of events, without a running stack')
    .requiredOption('--protocol <file>', 'the protocol, YAML or JSON')
    .requiredOption('--events <file>', 'case events and feed statements, one JSON object a line')
    .option('--as-of <date>', 'only what was recorded by the end of this day, YYYY-MM-DD')
    .option('--allocations <list>', 'a CSV list (council, unit, arm), when the protocol allocates by one')
    .option('--councils <log>', 'what `waymark allocation list --json` prints, when councils are drawn')
    .option('--opt-outs <list>', 'a CSV list (council, unit) of children and families that opted out')
    .option('--json', 'print one JSON document, participants included')
    .addHelpText(
      'after',
      `
Exit codes: 0 every line was used or is accounted for; 2 nothing was worked out, an input cannot be used; ${SOME_REFUSED} worked out,
but lines were refused: they are counted by reason and listed. docs/evaluate.md has every field of the JSON document.`,
    )
    .action(async (options: Options) => {
      const record = await evaluateFiles(options);
      if (record.accounted.refused > 0) process.exitCode = SOME_REFUSED;
      process.stdout.write(options.json ? `${JSON.stringify(record)}\n` : `${lines(record).join('\n')}\n`);
    });
}
