import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Command } from 'commander';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { registerEstimate } from '../../../services/analysis/estimate/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'estimate-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  process.exitCode = 0;
});

async function run(
  spec: string,
  csv: string | null,
  ...flags: string[]
): Promise<{ out: string; code: number }> {
  const path = join(folder, 'spec.json');
  writeFileSync(path, spec);
  let out = '';
  const program = new Command().exitOverride();
  registerEstimate(program, {
    stdin: Readable.from([csv ?? '']),
    write: (text) => {
      out += text;
    },
  });
  await program.parseAsync([
    'node',
    'waymark',
    'estimate',
    '--spec',
    path,
    ...(csv === null ? [] : ['--data', '-']),
    ...flags,
  ]);
  return { out, code: Number(process.exitCode ?? 0) };
}

describe('waymark estimate', () => {
  it('prints one JSON object and exits 0', async () => {
    const { out, code } = await run(
      '{"method":"welch","outcome":"y","arm":"arm","treated":1}',
      'y,arm\n1,0\n2,0\n4,1\n6,1\n',
      '--json',
    );
    expect(JSON.parse(out).estimates[0]).toMatchObject({ term: 'difference', estimate: 3.5 });
    expect(code).toBe(0);
  });
  it('prints an error with code, message and field, and exits 2', async () => {
    const { out, code } = await run(
      '{"method":"welch","outcome":"nope","arm":"arm"}',
      'y,arm\n1,0\n',
      '--json',
    );
    expect(JSON.parse(out).error).toMatchObject({ code: 'unknown-column', field: 'nope' });
    expect(code).toBe(2);
  });
  it('refuses an unknown method and a broken specification', async () => {
    expect(JSON.parse((await run('{"method":"magic"}', null, '--json')).out).error.code).toBe(
      'unknown-method',
    );
    expect(JSON.parse((await run('{"method":', null, '--json')).out).error.code).toBe('bad-spec');
    expect(JSON.parse((await run('{"method":"linear","vcov":"HC9"}', null, '--json')).out).error.field).toBe(
      'vcov',
    );
  });
  it('reads a pipe as well as a file, and names a folder', async () => {
    const spec = '{"method":"linear","outcome":"y","arm":"arm"}';
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const writing = writeFile(pipe, 'y,arm\n1,0\n2,0\n4,1\n7,1\n');
    const { out } = await run(spec, null, '--data', pipe, '--json');
    await writing;
    expect(JSON.parse(out).estimates[1]).toMatchObject({ term: 'arm', estimate: 4 });
    const refused = await run(spec, null, '--data', folder, '--json');
    expect(JSON.parse(refused.out).error).toMatchObject({ code: 'not-a-file', field: 'data' });
  });
  it('names the line of a torn CSV', async () => {
    const { out } = await run('{"method":"welch","outcome":"y","arm":"arm"}', 'y,arm\n1,0\n2\n', '--json');
    expect(JSON.parse(out).error).toMatchObject({ code: 'bad-csv', field: 'line 3' });
  });
  it('prints a table for people without --json', async () => {
    const { out } = await run('{"method":"srm","observed":[50,48]}', null);
    expect(out).toContain('chiSquare');
  });
});
