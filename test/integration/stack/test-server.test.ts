// Workflow tests skip time: a year passes while its result is awaited, and none before a worker polls.
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { testServerPath } from '../../../infra/local/index.ts';
import { silent } from '../../../services/platform/progress.ts';
import { CACHE, temporaryHome } from './homes.ts';

const YEAR_MS = 365 * 24 * 3_600_000;

test('a year passes within seconds on the time-skipping server', async () => {
  const path = await testServerPath(temporaryHome(), silent, CACHE);
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  try {
    const worker = await Worker.create({
      connection: environment.nativeConnection,
      taskQueue: 'year',
      workflowsPath: fileURLToPath(new URL('./year-workflow.ts', import.meta.url)),
    });
    const began = await environment.currentTimeMs();
    const answer = await worker.runUntil(
      environment.client.workflow.execute('waitAYear', { workflowId: 'year', taskQueue: 'year' }),
    );
    expect(answer).toBe('a year later');
    const passed = (await environment.currentTimeMs()) - began;
    expect(passed).toBeGreaterThanOrEqual(YEAR_MS);
    expect(passed).toBeLessThan(YEAR_MS + 60_000);
  } finally {
    await environment.teardown();
  }
});
