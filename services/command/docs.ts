// `waymark docs`: what docs/generated says about the schemas is what the schemas say, or `--check` fails.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { UserError } from '../platform/errors.ts';
import { print } from './context.ts';

/** Loaded when it is needed: no other command should wait for it. */
const generated = async () => (await import('./docs/files.ts')).generatedFiles();

const FOLDER = fileURLToPath(new URL('../../docs/generated', import.meta.url));

interface Stale {
  file: string;
  why: 'missing' | 'different' | 'not generated';
}

/** The files of `folder` that are not what the schemas give, by name. */
export async function staleDocs(folder: string): Promise<Stale[]> {
  const wanted = await generated();
  const found = await readdir(folder).catch((): string[] => []);
  const stale: Stale[] = found
    .filter((file) => !wanted.has(file))
    .map((file) => ({ file, why: 'not generated' }));
  for (const [file, text] of wanted) {
    if (!found.includes(file)) stale.push({ file, why: 'missing' });
    else if ((await readFile(join(folder, file), 'utf8')) !== text) stale.push({ file, why: 'different' });
  }
  return stale.sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** Makes `folder` what the schemas give and returns what had to change. */
export async function writeDocs(folder: string): Promise<Stale[]> {
  const stale = await staleDocs(folder);
  const wanted = await generated();
  await mkdir(folder, { recursive: true });
  for (const { file } of stale) {
    const text = wanted.get(file);
    if (text === undefined) await rm(join(folder, file));
    else await writeFile(join(folder, file), text);
  }
  return stale;
}

const said = (stale: readonly Stale[]): string => stale.map(({ file, why }) => `${file} (${why})`).join(', ');

interface Options {
  write?: boolean;
  check?: boolean;
  json?: boolean;
}

async function run({ write, check, json }: Options): Promise<void> {
  if (write === check) {
    throw new UserError(
      'bad-option',
      'Say either --write, to make the documents, or --check, to compare them.',
    );
  }
  if (write) {
    const changed = await writeDocs(FOLDER);
    print(json, { changed }, () => [
      changed.length > 0 ? `Written: ${said(changed)}` : 'The documents were up to date.',
    ]);
    return;
  }
  const stale = await staleDocs(FOLDER);
  if (stale.length > 0) {
    throw new UserError(
      'stale-docs',
      `Generated documents are stale: ${said(stale)}; run: npx waymark docs --write`,
      {},
      1,
    );
  }
  print(json, { stale }, () => ['The documents are up to date.']);
}

export function registerDocs(program: Command): void {
  program
    .command('docs')
    .description('Generate docs/generated (JSON Schemas, AsyncAPI, OpenAPI, code sets) from the schemas')
    .option('--write', 'write what has changed')
    .option('--check', 'fail when a document is stale')
    .option('--json', 'print one JSON document')
    .action(run);
}
