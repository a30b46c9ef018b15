// Runs `waymark council …` alone, as a council that has only this part would.
import { Command } from 'commander';
import { registerCouncil } from '../../../services/council/command.ts';
import { runProgram } from '../../../services/platform/run-program.ts';

const program = new Command('waymark');
registerCouncil(program);
process.exitCode = await runProgram(program, process.argv.slice(2));
