// Clocks that jump.
import { setTimeout as pause } from 'node:timers/promises';
import type { ClockOf, Fault, Played } from '../scene.ts';
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

export const clock = (whose: ClockOf, words: string, ...offsets: number[]): Played => ({
  words,
  fault: clockSet(whose, ...offsets),
  setting: { clocks: [whose] },
});

/** A clock that jumps ahead, back, and to and fro, each as a fault of its own. @param clockOf as `PostgreSQL’s clock` */
export const clocksOf = (whose: ClockOf, clockOf: string): Record<string, Played> => {
  const name = whose === 'processes' ? 'clock' : `${whose}-clock`;
  return {
    [`${name}-forward`]: clock(whose, `${clockOf} jumps an hour ahead and stays there`, HOUR_S),
    [`${name}-back`]: clock(whose, `${clockOf} jumps an hour back and stays there`, -HOUR_S),
    [`${name}-to-and-fro`]: clock(
      whose,
      `${clockOf} jumps an hour ahead, two back and one ahead`,
      ...[HOUR_S, -HOUR_S, 0],
    ),
  };
};

/** Seconds from now to so many seconds before an instant. */
const before = (instant: string, seconds: number): number =>
  Math.round((Date.parse(instant) - Date.now()) / 1_000) - seconds;

/** The clock goes through the end of summer time in London: 01:59:59 is followed by 01:00:00. */
export const summerEnds: Fault = (scene) => clockSet('processes', before('2026-10-25T01:00:00Z', 5))(scene);
export const summerBegins: Fault = (scene) => clockSet('processes', before('2026-03-29T01:00:00Z', 5))(scene);
