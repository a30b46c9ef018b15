// Today's workflow code takes up every history kept from earlier releases exactly where it stood.
import { readdir, readFile } from 'node:fs/promises';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { workflowBundle } from '../../services/tracker/bundle.ts';
import { home, installRuntime } from './environment.ts';

const folder = new URL('histories/', import.meta.url);
const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.json')).sort();

let code: string;
beforeAll(async () => {
  installRuntime();
  code = await readFile((await workflowBundle(home)).codePath, 'utf8');
});

/** The histories that this code does not replay, with what it says. */
async function misfits(bundle: WorkflowBundleOption, wanted = names): Promise<Map<string, string>> {
  const histories = await Promise.all(
    wanted.map(async (name) => ({
      workflowId: name,
      history: historyFromJSON(JSON.parse(await readFile(new URL(name, folder), 'utf8'))),
    })),
  );
  const errors = new Map<string, string>();
  const results = Worker.runReplayHistories({ workflowBundle: bundle, replayName: 'kept' }, histories);
  for await (const { workflowId, error } of results) {
    if (error) errors.set(workflowId, `${error.name}: ${error.message}`);
  }
  return errors;
}

test('every kept history replays', async () => {
  expect(names.length).toBeGreaterThanOrEqual(30);
  expect(await misfits({ code })).toEqual(new Map());
});

// Each is a change that somebody might make without `patched`. The bundle is altered, not the source.
const careless = {
  'drafting before the cohort is told': [
    ['await tellCohort(of);', ''],
    ['await draftResult(of);', 'await draftResult(of); await tellCohort(of);'],
    /milestone-(look-and-freeze|overdue|put-off)/,
  ],
  'nobody reminded any more': [
    ['await remindWhenOverdue(maturity);', ''],
    null,
    /milestone-(overdue|long-wait)/,
  ],
  'a milestone started only when it is ready': [
    ['if (!followed.has(horizon)) await follow', 'if (ready && !followed.has(horizon)) await follow'],
    null,
    /cohort-(two-milestones|storm)/,
  ],
  'drafts that an erasure leaves as they were': [
    ['await redrawDrafts(id);', ''],
    null,
    /erasure-(to-its-certificate|handed-over)/,
  ],
  'a morning that carries nothing out': [
    ['const due = await dueErasures();', 'await dueErasures(); const due = [];'],
    null,
    /duties-one-under-way/,
  ],
  'a release that never looks unasked': [
    ['(()=>looked, LOOK_EVERY)', '(()=>looked)'],
    null,
    /release-(published|waited)/,
  ],
} as const;

test.each(Object.entries(careless))('replay would find out: %s', async (_, [first, second, affected]) => {
  let altered = code;
  for (const change of [first, second]) {
    if (!change) continue;
    expect(altered.split(change[0])).toHaveLength(2);
    altered = altered.replace(change[0], change[1]);
  }
  const found = [...(await misfits({ code: altered })).entries()];
  expect(found.map(([name]) => name).filter((name) => affected.test(name))).not.toEqual([]);
  for (const [, error] of found) expect(error).toMatch(/Determinism/);
});
