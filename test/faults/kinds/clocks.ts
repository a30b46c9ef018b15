// Clocks that jump.
import { setTimeout as pause } from 'node:timers/promises';
import type { ClockOf, Fault } from '../scene.ts';
import { HELD_MS } from './held.ts';

export const HOUR_S = 3_600;

/** A clock is set, and set right afterwards, while the next delivery has not begun. */
const clockSet =
  (whose: ClockOf, ...offsets: number[]): Fault =>
  async (scene) => {
    for (const seconds of offsets) {
      await scene.setClock(whose, seconds);
      await pause(HELD_MS / offsets.length);
    }
    scene.afterwards(() => scene.setClock(whose, 0));
    return 0;
  };

export const clock = (whose: ClockOf, words: string, ...offsets: number[]) => ({
  words,
  fault: clockSet(whose, ...offsets),
  setting: { clocks: [whose] },
});

/** Seconds from now to so many seconds before an instant. */
const before = (instant: string, seconds: number): number =>
  Math.round((Date.parse(instant) - Date.now()) / 1_000) - seconds;

/** The clock goes through the end of summer time in London: 01:59:59 is followed by 01:00:00. */
export const summerEnds: Fault = (scene) => clockSet('processes', before('2026-10-25T01:00:00Z', 5))(scene);
export const summerBegins: Fault = (scene) => clockSet('processes', before('2026-03-29T01:00:00Z', 5))(scene);
