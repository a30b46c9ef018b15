// Runs a command line: every failure a user can cause ends in one sentence (or one JSON object) and an exit code.
import { type Command, CommanderError } from 'commander';
import { UserError } from './errors.ts';

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
 * @param argv the words after the program's name
 * @returns the exit code: 0 done; 1 a part failed; 2 bad input or a missing prerequisite; or what the command set (process.exitCode)
 */
export async function runProgram(program: Command, argv: string[]): Promise<number> {
  try {
    await program.parseAsync(argv, { from: 'user' });
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
