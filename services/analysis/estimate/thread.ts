// What a worker thread does: one piece of work at a time, each answered by its place.
import { parentPort, workerData } from 'node:worker_threads';
import { runPart } from '../../statistics/selftest/run.ts';
import { drawPart } from '../../statistics/trial/resampled.ts';
import type { Doing, Errand } from './threads.ts';

const port = parentPort;
if (!port) throw new Error('invariant broken: this file runs in a worker thread');
const doing = workerData as Doing;

/** Carries out one errand of the kind this thread was started for. */
function carriedOut(errand: Errand): unknown {
  if (doing.kind === 'selftest' && 'world' in errand) return runPart(errand);
  if (doing.kind === 'draws' && !('world' in errand)) return drawPart(doing.task, errand.from, errand.to);
  throw new Error(`invariant broken: an errand that is no ${doing.kind}`);
}

port.on('message', ({ place, errand }: { place: number; errand: Errand }) => {
  port.postMessage({ place, result: carriedOut(errand) });
});
