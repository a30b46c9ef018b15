// Java 17 and Maven are on the machine before anything needs them, or one sentence says how to get them.
import { UserError } from '../../services/platform/errors.ts';
import type { Progress } from '../../services/platform/progress.ts';
import { complaint, execute } from './execute.ts';
import type { Home } from './home.ts';

const JAVA = 17;
const PACKAGES = 'openjdk-17-jre-headless maven';

/** The major version in `java -version`'s first line: 17 for "17.0.15", 8 for "1.8.0_402". */
export function javaMajor(lines: string[]): number {
  const version = /version "(\d+)(?:\.(\d+))?/.exec(lines.join('\n'));
  return version ? Number(version[1] === '1' ? version[2] : version[1]) : 0;
}

const hasJava = async (home: Home, signal?: AbortSignal): Promise<boolean> => {
  const asked = await execute(home, { name: 'java-version', command: 'java', args: ['-version'] }, signal);
  return asked.code === 0 && javaMajor(asked.lines) >= JAVA;
};

const hasMaven = async (home: Home, signal?: AbortSignal): Promise<boolean> => {
  const asked = await execute(home, { name: 'mvn-version', command: 'mvn', args: ['-v'] }, signal);
  return asked.code === 0;
};

const hasApt = async (home: Home, signal?: AbortSignal): Promise<boolean> => {
  const asked = await execute(home, { name: 'apt-version', command: 'apt-get', args: ['--version'] }, signal);
  return asked.code === 0;
};

/**
 * Makes sure that Java 17 or later (and Maven, when jars must be fetched) can be run; installs them as root on Debian
 * and Ubuntu.
 * @throws UserError `java-missing` or `maven-missing` with the command that installs it; `download-failed`.
 */
export async function ensureJava(
  home: Home,
  needs: { maven: boolean },
  progress: Progress,
  signal?: AbortSignal,
): Promise<void> {
  const missing = async () => {
    if (!(await hasJava(home, signal))) return 'java-missing';
    if (needs.maven && !(await hasMaven(home, signal))) return 'maven-missing';
    return null;
  };
  const lacks = await missing();
  if (!lacks) return;
  if (process.getuid?.() === 0 && (await hasApt(home, signal))) {
    await install(home, progress, signal);
    if (!(await missing())) return;
  }
  const what = lacks === 'java-missing' ? `Java ${JAVA} or later` : 'Maven (mvn)';
  throw new UserError(lacks, `${what} was not found on the PATH; install it with: ${installCommand()}`);
}

function installCommand(): string {
  if (process.platform === 'darwin') return 'brew install openjdk@17 maven';
  return `sudo apt-get install -y --no-install-recommends ${PACKAGES} (or your system's packages of Java and Maven)`;
}

async function install(home: Home, progress: Progress, signal?: AbortSignal): Promise<void> {
  const apt = (args: string[], message: string) => {
    progress({ stage: 'java', message });
    return execute(
      home,
      {
        name: 'apt-get',
        command: 'apt-get',
        args: [
          '-o',
          'Acquire::http::Timeout=20',
          '-o',
          'Acquire::Retries=1',
          '-o',
          'DPkg::Lock::Timeout=120',
          ...args,
        ],
        env: { DEBIAN_FRONTEND: 'noninteractive' },
        onLine: (line) => {
          const step = /^(Get:\d+ .*|Unpacking [^ ]+|Setting up [^ ]+)/.exec(line)?.[1];
          if (step) progress({ stage: 'java', message: step.slice(0, 70) });
        },
      },
      signal,
    );
  };
  await apt(['update'], 'refreshing the package lists');
  const installed = await apt(
    ['install', '-y', '--no-install-recommends', ...PACKAGES.split(' ')],
    'installing Java and Maven',
  );
  if (installed.code !== 0) {
    throw new UserError(
      'java-missing',
      `Java ${JAVA} and Maven are needed and could not be installed (${complaint(installed.lines)}); install them with: ${installCommand()}`,
      {},
      1,
    );
  }
}
