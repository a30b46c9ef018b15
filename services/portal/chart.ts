// The charts of the dashboard: risks by arm, and their difference.
import * as Plot from '@observablehq/plot';
import { COLOURS, document, FONT, finish, halo, remember } from '../page/drawing.ts';
import type { Html } from '../page/html.ts';
import { points } from '../page/words.ts';

const WIDTH = 360;
const HEIGHT = 250;

export interface RiskPoint {
  /** Such as "6 months". */
  horizon: string;
  /** Probability; null while it is not known or hidden. */
  trial: number | null;
  comparison: number | null;
  /** What stands in place of a number that is missing. */
  missing: string | null;
}

export interface DifferencePoint {
  horizon: string;
  estimate: number | null;
  lower: number | null;
  upper: number | null;
  missing: string | null;
}

const missingText = (rows: { horizon: string; missing: string | null }[], y: number) =>
  Plot.text(
    rows.filter((row) => row.missing !== null),
    { x: 'horizon', y: () => y, text: 'missing', fill: '#484949', fontSize: FONT, lineWidth: 7 },
  );

const frame = (horizons: string[]) => ({
  document,
  width: WIDTH,
  height: HEIGHT,
  marginLeft: 46,
  marginBottom: 34,
  marginTop: 14,
  x: { type: 'point', domain: horizons, label: null, tickSize: 0, padding: 0.5 },
});

/** Share of children with the event in each arm, one dot an arm and horizon, labelled where it stands. */
export const riskChart = remember(
  (input: {
    title: string;
    description: string;
    armNames: { trial: string; comparison: string };
    points: RiskPoint[];
  }): Html => {
    const arms = ['trial', 'comparison'] as const;
    const known = input.points.flatMap((point) =>
      arms.flatMap((arm) => {
        const risk = point[arm];
        return risk === null ? [] : [{ horizon: point.horizon, arm, percent: 100 * risk }];
      }),
    );
    const top = Math.max(4, ...known.map((row) => row.percent)) * 1.15;
    const horizons = input.points.map((point) => point.horizon);
    const of = (arm: (typeof arms)[number]) => known.filter((row) => row.arm === arm);
    /** The higher arm of a pair is labelled above its dot, the lower one below, so that labels never meet. */
    const label = (above: boolean) =>
      Plot.text(
        known.filter((row) => {
          const other = known.find((one) => one.horizon === row.horizon && one.arm !== row.arm);
          const higher =
            !other || row.percent > other.percent || (row.percent === other.percent && row.arm === 'trial');
          return higher === above;
        }),
        {
          x: 'horizon',
          y: 'percent',
          text: (row: { percent: number }) => `${row.percent.toFixed(1)}%`,
          fill: (row: { arm: keyof typeof COLOURS }) => COLOURS[row.arm],
          dy: above ? -14 : 15,
          ...halo,
        },
      );
    const svg = Plot.plot({
      ...frame(horizons),
      y: {
        domain: [0, top],
        label: null,
        ticks: 4,
        tickSize: 0,
        tickFormat: (value: number) => `${value}%`,
        grid: true,
      },
      marks: [
        Plot.ruleY([0], { stroke: '#0b0c0c' }),
        ...arms.map((arm) =>
          Plot.line(of(arm), {
            x: 'horizon',
            y: 'percent',
            stroke: COLOURS[arm],
            strokeWidth: 2.5,
            strokeDasharray: arm === 'trial' ? 'none' : '6 4',
          }),
        ),
        Plot.dot(of('trial'), { x: 'horizon', y: 'percent', r: 6, fill: COLOURS.trial, stroke: '#fff' }),
        Plot.dot(of('comparison'), {
          x: 'horizon',
          y: 'percent',
          r: 6,
          symbol: 'square',
          fill: COLOURS.comparison,
          stroke: '#fff',
        }),
        label(true),
        label(false),
        missingText(input.points, top * 0.4),
      ],
    } as unknown as Plot.PlotOptions);
    return finish(svg, input.title, input.description);
  },
);

/** The difference between the arms with its 95% interval, in percentage points, around a line at no difference. */
export const differenceChart = remember(
  (input: { title: string; description: string; points: DifferencePoint[] }): Html => {
    const known = input.points.flatMap((point) =>
      point.estimate === null || point.lower === null || point.upper === null
        ? []
        : [
            {
              horizon: point.horizon,
              estimate: 100 * point.estimate,
              lower: 100 * point.lower,
              upper: 100 * point.upper,
              text: points(point.estimate),
            },
          ],
    );
    const reach = Math.max(1, ...known.flatMap((row) => [Math.abs(row.lower), Math.abs(row.upper)])) * 1.15;
    const horizons = input.points.map((point) => point.horizon);
    const svg = Plot.plot({
      ...frame(horizons),
      y: {
        domain: [-reach, reach],
        label: null,
        ticks: 5,
        tickSize: 0,
        grid: true,
        tickFormat: (value: number) => (value === 0 ? '0' : `${value < 0 ? '−' : '+'}${Math.abs(value)}`),
      },
      marks: [
        Plot.ruleY([0], { stroke: '#0b0c0c', strokeWidth: 1.5 }),
        Plot.ruleX(known, { x: 'horizon', y1: 'lower', y2: 'upper', stroke: COLOURS.trial, strokeWidth: 3 }),
        Plot.dot(known, { x: 'horizon', y: 'estimate', r: 6, fill: COLOURS.trial, stroke: '#fff' }),
        Plot.text(known, {
          x: 'horizon',
          y: 'estimate',
          text: 'text',
          dx: 12,
          textAnchor: 'start',
          fill: COLOURS.trial,
          ...halo,
        }),
        missingText(input.points, reach * 0.35),
      ],
    } as unknown as Plot.PlotOptions);
    return finish(svg, input.title, input.description);
  },
);
