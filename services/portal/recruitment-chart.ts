// Children enrolled by the end of each month, beside the number the study is for. A hidden month leaves a gap.
import * as Plot from '@observablehq/plot';
import { COLOURS, document, FONT, finish, halo, remember, responsive } from '../page/drawing.ts';
import type { Html } from '../page/html.ts';
import { count } from '../page/words.ts';
import { monthAxis } from './month-axis.ts';

interface Drawing {
  title: string;
  description: string;
  rows: readonly { month: string; cumulative: number | null }[];
  target: number | null;
}

const NAMES = { wide: 8, narrow: 4 } as const;

export const recruitmentChart = remember(
  ({ title, description, rows, target }: Drawing): Html =>
    responsive((width, size) => {
      const points = rows.map(({ month, cumulative }) => ({ month, cumulative: cumulative ?? Number.NaN }));
      const known = points.filter(({ cumulative }) => !Number.isNaN(cumulative));
      const top = Math.max(4, target ?? 0, ...known.map(({ cumulative }) => cumulative)) * 1.12;
      const svg = Plot.plot({
        ...{ document, width, height: 260, marginLeft: 62, marginRight: 22, marginTop: 14, marginBottom: 34 },
        x: monthAxis(
          rows.map(({ month }) => month),
          NAMES[size],
        ),
        y: {
          ...{ domain: [0, top], label: null, grid: true, ticks: 4, tickSize: 0 },
          tickFormat: (value: number) => count(value),
        },
        marks: [
          Plot.ruleY([0], { stroke: '#0b0c0c' }),
          ...(target === null
            ? []
            : [
                Plot.ruleY([target], {
                  ...{ stroke: COLOURS.comparison, strokeWidth: 2, strokeDasharray: '6 4' },
                }),
                Plot.text([target], {
                  ...{ y: (value: number) => value, frameAnchor: 'left', textAnchor: 'start', dx: 6, dy: -9 },
                  ...{
                    text: (value: number) => `Planned: ${count(value)}`,
                    fill: COLOURS.comparison,
                    ...halo,
                  },
                }),
              ]),
          Plot.line(points, { x: 'month', y: 'cumulative', stroke: COLOURS.trial, strokeWidth: 2.5 }),
          Plot.dot(known, { x: 'month', y: 'cumulative', r: 4, fill: COLOURS.trial, stroke: '#fff' }),
        ],
        style: { fontSize: FONT },
      } as unknown as Plot.PlotOptions);
      return finish(svg, title, description, `${title} ${size}`);
    }),
);
