// Cumulative incidence of both arms over time: as steps, or as points where it is known at some times alone.
import * as Plot from '@observablehq/plot';
import type { Curve } from '../../../../schemas/analysis.ts';
import { COLOURS, document, FONT, finish, halo, responsive } from '../../../page/drawing.ts';
import type { Html } from '../../../page/html.ts';
import { count } from '../../../page/words.ts';
import { atRiskAt, DAYS_A_MONTH } from '../curve-at.ts';

export interface Incidence {
  title: string;
  description: string;
  curves: readonly Curve[];
  armNames: { trial: string; comparison: string };
  /** Months. */
  horizons: readonly number[];
  /** Each step is a point, and what lies between two of them is not known. */
  points?: boolean;
}

/** The lines' ends, apart enough that labels do not meet. */
function labels({ curves, armNames }: Incidence, top: number) {
  const ends = curves.map(({ arm, steps }) => ({
    arm,
    name: armNames[arm],
    percent: 100 * (steps.at(-1)?.incidence ?? 0),
    day: steps.at(-1)?.day ?? 0,
  }));
  const [a, b] = ends;
  const close = a && b && Math.abs(a.percent - b.percent) < top * 0.09;
  return ends.map((end) => {
    const other = end === a ? b : a;
    const upper = !other || end.percent > other.percent || (end.percent === other.percent && end === a);
    return { ...end, dy: close ? (upper ? -12 : 12) : 0 };
  });
}

const ROW = 20;

/** The customary counts below the axis: who is still at risk at each horizon. */
function atRiskMarks({ curves, horizons }: Incidence) {
  return [
    Plot.text(['Children at risk'], {
      frameAnchor: 'bottom-left',
      dx: -40,
      dy: 66,
      textAnchor: 'start',
      fontSize: FONT,
      fontWeight: 600,
      fill: '#484949',
    }),
    ...curves.map((curve, row) =>
      Plot.text(
        [0, ...horizons].map((month) => ({ month, atRisk: atRiskAt(curve, month) })),
        {
          x: ({ month }: { month: number }) => month * DAYS_A_MONTH,
          frameAnchor: 'bottom',
          dy: 66 + ROW * (row + 1),
          text: ({ atRisk }: { atRisk: number }) => count(atRisk),
          textAnchor: 'middle',
          fontSize: FONT,
          fill: COLOURS[curve.arm],
        } as Plot.TextOptions,
      ),
    ),
  ];
}

export const incidenceChart = (input: Incidence): Html =>
  responsive((width, size) => {
    const { curves, horizons } = input;
    const wide = size === 'wide';
    const top =
      Math.max(4, ...curves.flatMap(({ steps }) => steps.map((step) => 100 * step.incidence))) * 1.06;
    const last = Math.max(
      ...curves.map(({ steps }) => steps.at(-1)?.day ?? 0),
      (horizons.at(-1) ?? 1) * DAYS_A_MONTH,
    );
    const rows = (curve: Curve) =>
      curve.steps.map(({ day, incidence }) => ({ day, percent: 100 * incidence }));
    const svg = Plot.plot({
      document,
      width,
      height: (wide ? 380 : 300) + ROW * curves.length,
      marginLeft: 48,
      marginRight: wide ? 170 : 24,
      marginTop: 14,
      marginBottom: 72 + ROW * curves.length,
      x: {
        domain: [0, last],
        ticks: [0, ...horizons].map((month) => month * DAYS_A_MONTH),
        tickFormat: (day: number) => String(Math.round(day / DAYS_A_MONTH)),
        tickSize: 4,
        label: null,
      },
      y: {
        domain: [0, top],
        ticks: 5,
        tickSize: 0,
        grid: true,
        label: null,
        tickFormat: (value: number) => `${value}%`,
      },
      marks: [
        Plot.ruleY([0], { stroke: '#0b0c0c' }),
        ...curves.map((curve) =>
          Plot.line(rows(curve), {
            x: 'day',
            y: 'percent',
            curve: input.points ? 'linear' : 'step-after',
            stroke: COLOURS[curve.arm],
            strokeWidth: 2.5,
            strokeDasharray: curve.arm === 'trial' ? 'none' : '6 4',
          }),
        ),
        ...(input.points
          ? curves.map((curve) =>
              Plot.dot(rows(curve), {
                x: 'day',
                y: 'percent',
                r: 5,
                symbol: curve.arm === 'trial' ? 'circle' : 'square',
                fill: COLOURS[curve.arm],
                stroke: '#fff',
              }),
            )
          : []),
        ...(wide
          ? labels(input, top).map(({ arm, name, day, percent, dy }) =>
              Plot.text([{ day, percent }], {
                x: 'day',
                y: 'percent',
                text: () => name,
                textAnchor: 'start',
                dx: 8,
                dy,
                lineWidth: 11,
                fill: COLOURS[arm],
                ...halo,
              }),
            )
          : []),
        Plot.text(['Months'], { frameAnchor: 'bottom', dy: 40, fontSize: FONT, fill: '#484949' }),
        ...atRiskMarks(input),
      ],
    } as unknown as Plot.PlotOptions);
    return finish(svg, input.title, input.description, `${input.title} ${size}`);
  });
