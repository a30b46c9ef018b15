// What the tracker needs of a Temporal namespace beside its being there: search attributes, and the daily sweep's schedule.
import {
  type Client,
  isGrpcServiceError,
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import { SearchAttributeType } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { duties } from '../../workflows/duties.ts';
import { searchAttributeKeys } from '../../workflows/search-attributes.ts';
import { sweep } from '../../workflows/sweep.ts';
import type { Logger } from '../platform/log.ts';

const GRPC_ALREADY_EXISTS = 6;
/** Temporal's numbers for them: `temporal.api.enums.v1.IndexedValueType`. */
const indexedValueType = { [SearchAttributeType.KEYWORD]: 2, [SearchAttributeType.INT]: 3 } as const;

/**
 * Makes sure that the namespace knows our search attributes. Where that is not allowed to us, workflows go without, and the
 * log says what an administrator may do.
 * @returns whether workflows may carry them
 */
export async function ensureSearchAttributes(
  connection: NativeConnection,
  namespace: string,
  log: Logger,
): Promise<boolean> {
  const wanted = Object.values(searchAttributeKeys);
  const missing = async () => {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return wanted.filter(({ name }) => !(name in customAttributes));
  };
  try {
    const absent = await missing();
    if (absent.length === 0) return true;
    const searchAttributes = Object.fromEntries(
      absent.map(({ name, type }) => [name, indexedValueType[type]]),
    );
    // Another tracker may be quicker; what counts is what is there afterwards.
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes }).catch((error) => {
      if (!isGrpcServiceError(error) || error.code !== GRPC_ALREADY_EXISTS) throw error;
    });
    return (await missing()).length === 0;
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    log.warn(
      { namespace, attributes: wanted.map(({ name }) => name), reason: error.details },
      'search attributes are missing and could not be added: an administrator of Temporal may add them; workflows go without',
    );
    return false;
  }
}

export const sweepSchedule = (taskQueue: string): string => `maturity-sweep:${taskQueue}`;

export const dutiesSchedule = (taskQueue: string): string => `duties:${taskQueue}`;

/**
 * Makes sure that the daily sweep is scheduled, at five in the morning in London, before anybody looks at the figures, and
 * half an hour later what the store owes. One that is there already stays as an operator may have changed it.
 */
export async function ensureDailyWork(client: Client, taskQueue: string): Promise<void> {
  for (const [scheduleId, workflowType, minute] of [
    [sweepSchedule(taskQueue), sweep, 0],
    [dutiesSchedule(taskQueue), duties, 30],
  ] as const) {
    try {
      await client.schedule.create({
        scheduleId,
        spec: { calendars: [{ hour: 5, minute }], timezone: 'Europe/London' },
        action: { type: 'startWorkflow', workflowType, taskQueue, workflowId: scheduleId },
        policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' },
      });
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    }
  }
}
