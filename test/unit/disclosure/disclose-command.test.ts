// `waymark disclose` as a checker uses it: real files, the real command.
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { registerDisclose } from '../../../services/command/disclose/command.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waymark-disclose-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  await rm(folder, { recursive: true });
});

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/** Runs the command and gives its standard output. */
async function run(...words: string[]): Promise<string> {
  let output = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  const program = new Command().exitOverride();
  registerDisclose(program);
  await program.parseAsync(['disclose', ...words], { from: 'user' });
  return output;
}

const councils =
  'council,need,count\nAnyborough,neglect,12\nAnyborough,abuse,3\nOtherton,neglect,30\nOtherton,abuse,15\n';

describe('waymark disclose', () => {
  it('prints the table with its margins, hidden counts as c', async () => {
    const rows = (await run(await file('t.csv', councils))).trim().split('\n');
    expect(rows[0]).toBe('council,need,count');
    expect(rows).toContain('Total,Total,60');
    expect(rows).toContain('Anyborough,abuse,c');
    expect(rows.filter((row) => row.endsWith(',c')).length).toBeGreaterThan(1);
  });

  it('remembers what an audience has seen, and withholds what would undo it', async () => {
    const table = await file('t.csv', councils);
    const seen = join(folder, 'seen.ndjson');
    const first = JSON.parse(await run(table, '--seen', seen, '--json'));
    expect(first.narrowest).toBeGreaterThanOrEqual(6);
    expect((await stat(seen)).mode & 0o777).toBe(0o600);
    const later = await file('later.csv', 'council,count\nAnyborough,15\nOtherton,46\n');
    const second = JSON.parse(await run(later, '--seen', seen, '--json'));
    expect(second).toMatchObject({ decision: 'publish-less', differencing: 2 });
    expect(second.table).toContainEqual({ region: { council: 'Anyborough' }, shown: 15 });
    expect(second.table).toContainEqual({ region: { council: 'Otherton' }, shown: null });
    const lines = (await readFile(seen, 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(4 + first.cells + second.cells);
  });

  it('puts categories below others by a hierarchy', async () => {
    const table = await file('t.csv', 'council,count\nA,20\nB,30\nC,40\n');
    const tree = await file('h.csv', 'dimension,category,parent\ncouncil,A,North\ncouncil,B,North\n');
    expect(await run(table, '--hierarchy', tree)).toContain('North,50');
  });

  it('protects a cell that holds a comma or a formula without breaking the file', async () => {
    const table = await file('t.csv', 'council,count\n"Poole, Dorset",20\n"a ""b""",30\n');
    expect(await run(table)).toContain('"Poole, Dorset",20\n"a ""b""",30');
  });

  it.each([
    ['an unknown policy', councils, ['--policy', 'none'], 'unknown-policy', undefined],
    ['a count that is no number', 'council,count\nA,few\n', [], 'bad-count', 2],
    ['a negative count', 'council,count\nA,4\nB,-1\n', [], 'bad-count', 3],
    ['a row given twice', 'council,count\nA,4\nA,5\n', [], 'repeated-row', 3],
    ['a file without counts', 'council,n\nA,4\n', [], 'no-counts', undefined],
    ['a file without rows', 'council,count\n', [], 'empty-table', undefined],
    ['an unclosed quote', 'council,count\n"A,4\n', [], 'not-csv', 2],
    ['a total among the rows', 'council,count\nA,4\nTotal,4\n', [], 'bad-hierarchy', undefined],
    [
      'a memory under a rounding policy',
      councils,
      ['--policy', 'opensafely-midpoint-6', '--seen', 'x'],
      'needless-memory',
      undefined,
    ],
  ])('refuses %s', async (_, text, words, code, line) => {
    await expect(run(await file('t.csv', text), ...words)).rejects.toMatchObject({
      code,
      ...(line !== undefined && { place: { line } }),
    });
  });

  it('refuses a memory that is damaged, naming its line', async () => {
    const seen = await file('seen', '{"region":{},"shown":60}\nnonsense\n');
    await expect(run(await file('t.csv', councils), '--seen', seen)).rejects.toMatchObject({
      code: 'bad-memory',
      place: { line: 2 },
    });
  });
});
