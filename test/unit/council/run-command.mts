// Runs `waymark council …` alone, as a council that has only this part would.
import { Command } from 'commander';
import { registerCouncil } from '../../../services/council/command.ts';
import { UserError } from '../../../services/platform/errors.ts';

const program = new Command('waymark');
registerCouncil(program);
try {
  await program.parseAsync(process.argv.slice(2), { from: 'user' });
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stdout.write(`${JSON.stringify({ error: error.report() })}\n`);
  process.exitCode = error.exitCode;
}
