// The `waymark` command: every process and every task starts here, and every failure ends in one sentence and an exit code.
import { Command, CommanderError } from 'commander';
import { registerEstimate } from '../analysis/estimate/command.ts';
import { registerCouncil } from '../council/command.ts';
import { UserError } from '../platform/errors.ts';
import { codeVersion } from '../platform/version.ts';
import { registerSimulate } from '../simulator/command.ts';
import { registerDemo } from './demo/index.ts';
import { registerDocs } from './docs.ts';
import { registerEvaluations } from './evaluations.ts';
import { registerProcesses } from './processes.ts';
import { registerStack } from './stack.ts';

function buildProgram(): Command {
  const program = new Command('waymark')
    .description(
      'Evaluates family help pathfinders: council returns in, outcomes at 6, 12 and 18 months out.',
    )
    .version(codeVersion)
    .showHelpAfterError('(waymark --help lists the commands)')
    .exitOverride();
  registerDemo(program);
  registerStack(program);
  registerProcesses(program);
  registerEvaluations(program);
  registerCouncil(program);
  registerSimulate(program);
  registerEstimate(program);
  registerDocs(program);
  return program;
}

const wantsJson = (argv: readonly string[]): boolean => argv.includes('--json');

function tell(error: UserError, argv: readonly string[]): void {
  if (wantsJson(argv)) {
    process.stdout.write(`${JSON.stringify({ error: error.report() })}\n`);
    return;
  }
  const { file, line, field } = error.place;
  const at = [file, line === undefined ? undefined : `line ${line}`, field].filter(
    (part) => part !== undefined && part !== '',
  );
  process.stderr.write(`waymark: ${error.message}${at.length > 0 ? ` (${at.join(', ')})` : ''}\n`);
}

/**
 * Runs one command.
 * @param argv the words after `waymark`
 * @returns the exit code: 0 done; 1 a part failed; 2 bad input or a missing prerequisite
 */
export async function main(argv: string[]): Promise<number> {
  try {
    await buildProgram().parseAsync(argv, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof UserError) {
      tell(error, argv);
      return error.exitCode;
    }
    throw error;
  }
}
