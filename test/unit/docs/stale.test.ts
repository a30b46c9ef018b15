import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { describe, expect, onTestFinished, test } from 'vitest';
import * as codes from '../../../schemas/codes.ts';
import { generatedFiles } from '../../../services/command/docs/files.ts';
import { registerDocs, staleDocs, writeDocs } from '../../../services/command/docs.ts';

const committed = fileURLToPath(new URL('../../../docs/generated', import.meta.url));

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'waymark-docs-'));
  onTestFinished(() => rm(made, { recursive: true }));
  return made;
}

test('docs/generated is what the schemas give; when it is not, run: npx waymark docs --write', async () => {
  expect(await staleDocs(committed)).toEqual([]);
});

test('documents come out the same every time', () => {
  expect([...generatedFiles()]).toEqual([...generatedFiles()]);
});

describe('a folder', () => {
  test('is stale in each file that is missing, different or not generated', async () => {
    const docs = await folder();
    await writeDocs(docs);
    expect(await staleDocs(docs)).toEqual([]);
    await rm(join(docs, 'asyncapi.yaml'));
    await writeFile(join(docs, 'code-sets.md'), `${await readFile(join(docs, 'code-sets.md'), 'utf8')} `);
    await writeFile(join(docs, 'old.schema.json'), '{}');
    const stale = [
      { file: 'asyncapi.yaml', why: 'missing' },
      { file: 'code-sets.md', why: 'different' },
      { file: 'old.schema.json', why: 'not generated' },
    ];
    expect(await staleDocs(docs)).toEqual(stale);
    expect(await writeDocs(docs)).toEqual(stale);
    expect(await staleDocs(docs)).toEqual([]);
  });

  test('that is not there is stale in every file', async () => {
    const stale = await staleDocs(join(await folder(), 'none'));
    expect(stale.map(({ file }) => file)).toEqual([...generatedFiles().keys()].sort());
  });
});

describe('waymark docs', () => {
  const run = async (...argv: string[]) => {
    const program = new Command().exitOverride();
    registerDocs(program);
    await program.parseAsync(['docs', ...argv], { from: 'user' });
  };

  test.each([[[]], [['--write', '--check']]])('with %j is told to say which', async (argv) => {
    await expect(run(...argv)).rejects.toMatchObject({ code: 'bad-option', exitCode: 2 });
  });

  test('--check passes on the committed documents and leaves them alone', async () => {
    const before = await readdir(committed);
    await run('--check', '--json');
    expect(await readdir(committed)).toEqual(before);
  });
});

describe('the page of code sets', () => {
  const page = generatedFiles().get('code-sets.md') ?? '';

  test('has every code set, and every code of each', () => {
    for (const [name, schema] of Object.entries(codes)) {
      if (!('options' in schema)) continue;
      const section = page.split(`\n## ${name}\n`)[1]?.split('\n## ')[0];
      for (const code of schema.options) expect(section).toContain(`\`${code}\``);
    }
  });

  test('tells what the source says of a set, and where it is held', () => {
    expect(page).toContain('RC2 died; RC5 transferred to another council');
    expect(page).toContain('Held by `referral.primaryNeed`, `care-episode.need`.');
  });
});
