// Effects by time since a council began, with their intervals: before it began they should lie about nought.
import * as Plot from '@observablehq/plot';
import { COLOURS, document, FONT, finish, responsive } from '../../../page/drawing.ts';
import type { Html } from '../../../page/html.ts';

export interface EventStep {
  event: number;
  /** Percentage points. */
  estimate: number | null;
  lower: number | null;
  upper: number | null;
}

export interface EventStudyDrawing {
  title: string;
  description: string;
  steps: readonly EventStep[];
  /** What a step is, such as "Quarters since the council began". */
  unit: string;
}

const GREY = '#484949';

export const eventStudyPlot = ({ title, description, steps, unit }: EventStudyDrawing): Html =>
  responsive((width, size) => {
    const wide = size === 'wide';
    const known = steps.filter(({ estimate }) => estimate !== null);
    const reach =
      1.1 *
      Math.max(
        1,
        ...known.flatMap(({ estimate, lower, upper }) =>
          [estimate, lower, upper].map((value) => Math.abs(value ?? 0)),
        ),
      );
    const began = (row: EventStep) => row.event >= 0;
    const side = (own: readonly EventStep[], colour: string, symbol: 'circle' | 'square') => [
      Plot.ruleX(
        own.filter(({ lower, upper }) => lower !== null && upper !== null),
        { x: 'event', y1: 'lower', y2: 'upper', stroke: colour, strokeWidth: 2.5 },
      ),
      Plot.dot(own, { x: 'event', y: 'estimate', r: 5.5, fill: colour, stroke: '#fff', symbol }),
    ];
    const svg = Plot.plot({
      document,
      width,
      height: wide ? 340 : 300,
      marginLeft: 52,
      marginRight: 16,
      marginTop: 26,
      marginBottom: 52,
      x: {
        type: 'linear',
        domain: [
          Math.min(...steps.map(({ event }) => event)) - 0.6,
          Math.max(...steps.map(({ event }) => event)) + 0.6,
        ],
        ticks: steps.map(({ event }) => event),
        tickFormat: (value: number) => (value < 0 ? `−${-value}` : String(value)),
        tickSize: 4,
        label: null,
      },
      y: {
        domain: [-reach, reach],
        ticks: 5,
        tickSize: 0,
        grid: true,
        label: null,
        tickFormat: (value: number) => (value === 0 ? '0' : `${value < 0 ? '−' : '+'}${Math.abs(value)}`),
      },
      marks: [
        Plot.ruleY([0], { stroke: '#0b0c0c', strokeWidth: 1.5 }),
        Plot.ruleX([-0.5], { stroke: GREY, strokeDasharray: '6 4' }),
        ...side(
          known.filter((row) => !began(row)),
          COLOURS.comparison,
          'circle',
        ),
        ...side(known.filter(began), COLOURS.trial, 'square'),
        Plot.text(['Percentage points'], {
          frameAnchor: 'top-left',
          dx: -48,
          dy: -18,
          textAnchor: 'start',
          fontSize: FONT,
          fill: GREY,
        }),
        Plot.text([unit], { frameAnchor: 'bottom', dy: 42, fontSize: FONT, fill: GREY }),
      ],
    } as unknown as Plot.PlotOptions);
    return finish(svg, title, description, `${title} ${size}`);
  });
