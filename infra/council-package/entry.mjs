#!/usr/bin/env node
// The `waymark council` command alone, as a council installs it: bundled by pack.mjs with everything it needs.
import { Command } from 'commander';
import { registerCouncil } from '../../services/council/command.ts';
import { runProgram } from '../../services/platform/run-program.ts';
import { launch } from '../launch.mjs';

await launch((argv) => {
  const program = new Command('waymark')
    .description('Runs inside a council: returns in, pseudonymised case events out.')
    .version(__VERSION__)
    .showHelpAfterError('(waymark council --help lists the commands)')
    .exitOverride();
  registerCouncil(program);
  return runProgram(program, argv);
});
