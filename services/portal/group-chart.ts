// The chart of outcomes by group: one line a group, one dot an arm.
import * as Plot from '@observablehq/plot';
import { COLOURS, document, FONT, finish, remember, responsive } from '../page/drawing.ts';
import type { Html } from '../page/html.ts';

export interface GroupPoint {
  group: string;
  /** Probabilities; null where hidden. */
  trial: number | null;
  comparison: number | null;
}

interface GroupDrawing {
  title: string;
  description: string;
  points: readonly GroupPoint[];
}

const LINE = 36;
/** Arms stand one above the other, so that equal shares are both seen. */
const OFF = 6;
const GREY = '#484949';

function drawn({ title, description, points }: GroupDrawing, width: number, size: 'wide' | 'narrow'): Html {
  const known = (arm: 'trial' | 'comparison') =>
    points.flatMap(({ group, [arm]: share }) => (share === null ? [] : [{ group, percent: 100 * share }]));
  const [trial, comparison] = [known('trial'), known('comparison')];
  const top = 1.1 * Math.max(4, ...[...trial, ...comparison].map(({ percent }) => percent));
  const svg = Plot.plot({
    ...{ document, width, height: 46 + LINE * points.length },
    ...{ marginLeft: 16 + 8.4 * Math.max(...points.map(({ group }) => group.length)), marginRight: 18 },
    ...{ marginTop: 10, marginBottom: 34 },
    x: {
      ...{ domain: [0, top], label: null, grid: true, tickSize: 0, ticks: size === 'wide' ? 6 : 4 },
      tickFormat: (value: number) => `${value}%`,
    },
    y: { type: 'band', domain: points.map(({ group }) => group), label: null, tickSize: 0 },
    marks: [
      Plot.ruleX([0], { stroke: '#0b0c0c' }),
      Plot.ruleY(points, { y: 'group', stroke: '#f0f2f4', strokeWidth: 22 }),
      Plot.dot(comparison, {
        ...{ x: 'percent', y: 'group', r: 6, symbol: 'square', dy: OFF },
        ...{ fill: COLOURS.comparison, stroke: '#fff' },
      }),
      Plot.dot(trial, { x: 'percent', y: 'group', r: 6, dy: -OFF, fill: COLOURS.trial, stroke: '#fff' }),
      Plot.text(
        points.filter(({ trial: a, comparison: b }) => a === null && b === null),
        { x: 0, y: 'group', text: () => 'Hidden', dx: 8, textAnchor: 'start', fill: GREY, fontSize: FONT },
      ),
    ],
  } as unknown as Plot.PlotOptions);
  return finish(svg, title, description, `${title} ${size}`);
}

/** Shares of children by group, in the order given. */
export const groupChart = remember(
  (input: GroupDrawing): Html => responsive((width, size) => drawn(input, width, size)),
);
