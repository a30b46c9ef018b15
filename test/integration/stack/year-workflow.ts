// A workflow whose only business is to wait a year.
import { sleep } from '@temporalio/workflow';

export async function waitAYear(): Promise<string> {
  await sleep('365 days');
  return 'a year later';
}
