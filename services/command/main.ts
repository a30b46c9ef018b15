// The `waymark` command: every process and every task starts here, and every failure ends in one sentence and an exit code.
import { Command } from 'commander';
import { runProgram } from '../platform/run-program.ts';
import { codeVersion } from '../platform/version.ts';
import { processNames } from './processes.ts';

type Register = (program: Command) => void;

/** Commands by what they load: a process that serves should not wait for the simulator to be read. */
const groups: { names: readonly string[]; load: () => Promise<Register> }[] = [
  { names: ['demo'], load: async () => (await import('./demo/index.ts')).registerDemo },
  {
    names: ['up', 'down', 'status', 'migrate'],
    load: async () => (await import('./stack.ts')).registerStack,
  },
  { names: processNames, load: async () => (await import('./processes.ts')).registerProcesses },
  {
    names: ['outcomes', 'diff', 'maturity', 'evaluation', 'signer', 'register', 'key', 'rebuild'],
    load: async () => (await import('./evaluations.ts')).registerEvaluations,
  },
  {
    names: ['evaluate'],
    load: async () => (await import('../evaluations/evaluate/command.ts')).registerEvaluate,
  },
  { names: ['outcome'], load: async () => (await import('./outcome.ts')).registerOutcome },
  { names: ['grant', 'revoke', 'grants'], load: async () => (await import('./grants.ts')).registerGrants },
  { names: ['audit'], load: async () => (await import('./audit.ts')).registerAudit },
  { names: ['keys'], load: async () => (await import('./keys.ts')).registerKeys },
  { names: ['quarantine'], load: async () => (await import('./quarantine.ts')).registerQuarantine },
  { names: ['council'], load: async () => (await import('../council/command.ts')).registerCouncil },
  { names: ['simulate'], load: async () => (await import('../simulator/command.ts')).registerSimulate },
  {
    names: ['estimate', 'selftest'],
    load: async () => {
      const { registerEstimate, registerSelftest } = await import('../analysis/estimate/command.ts');
      return (program) => {
        registerEstimate(program);
        registerSelftest(program);
      };
    },
  },
  {
    names: ['example'],
    load: async () => (await import('../analysis/example/command.ts')).registerExample,
  },
  {
    names: ['analyse', 'analyses', 'export', 'report'],
    load: async () => {
      const { registerAnalyse } = await import('../analysis/plan/command.ts');
      const { registerReport } = await import('../analysis/report/command.ts');
      const { analysesStore } = await import('./analyses.ts');
      return (program) => {
        registerAnalyse(program, analysesStore);
        registerReport(program);
      };
    },
  },
  {
    names: ['allocation'],
    load: async () => (await import('./allocation.ts')).registerAllocation,
  },
  { names: ['release'], load: async () => (await import('./release.ts')).registerRelease },
  { names: ['erase', 'erasures'], load: async () => (await import('./erase.ts')).registerErase },
  { names: ['retention'], load: async () => (await import('./retention.ts')).registerRetention },
  { names: ['disclose'], load: async () => (await import('./disclose/command.ts')).registerDisclose },
  {
    names: ['protocol'],
    load: async () => (await import('./protocol.ts')).registerProtocol,
  },
  {
    names: ['backup', 'backups', 'restore', 'rewind', 'wake'],
    load: async () => (await import('./backup/command.ts')).registerBackup,
  },
  { names: ['doctor'], load: async () => (await import('./doctor/command.ts')).registerDoctor },
  { names: ['docs'], load: async () => (await import('./docs.ts')).registerDocs },
];

async function buildProgram(first: string | undefined): Promise<Command> {
  const program = new Command('waymark')
    .description(
      'Evaluates family help pathfinders: council returns in, outcomes at 6, 12 and 18 months out.',
    )
    .version(codeVersion)
    .showHelpAfterError('(waymark --help lists the commands)')
    .exitOverride();
  const asked = groups.filter(({ names }) => names.includes(first ?? ''));
  for (const { load } of asked.length > 0 ? asked : groups) (await load())(program);
  return program;
}

/**
 * Runs one command.
 * @param argv the words after `waymark`
 * @returns the exit code, see `runProgram`
 */
export const main = async (argv: string[]): Promise<number> => runProgram(await buildProgram(argv[0]), argv);
