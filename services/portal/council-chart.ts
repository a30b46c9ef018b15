// The charts of a council's page: what came by month, and how much of it could not be used.
import * as Plot from '@observablehq/plot';
import { COLOURS, document, FONT, finish, remember, responsive } from '../page/drawing.ts';
import type { Html } from '../page/html.ts';
import { count } from '../page/words.ts';
import { monthAxis } from './month-axis.ts';

interface Drawing<Row> {
  title: string;
  description: string;
  rows: readonly Row[];
}

const frame = (width: number) => ({
  ...{ document, width, height: 230, marginLeft: 62, marginRight: 22, marginTop: 14, marginBottom: 34 },
});
const NAMES = { wide: 8, narrow: 4 } as const;

/** Events by month, as bars. */
export const sentChart = remember(
  ({ title, description, rows }: Drawing<{ month: string; events: number }>): Html =>
    responsive((width, size) => {
      const svg = Plot.plot({
        ...frame(width),
        x: monthAxis(
          rows.map(({ month }) => month),
          NAMES[size],
        ),
        y: {
          ...{
            domain: [0, Math.max(4, ...rows.map(({ events }) => events)) * 1.08],
            label: null,
            grid: true,
          },
          ...{ ticks: 4, tickSize: 0, tickFormat: (value: number) => count(value) },
        },
        marks: [
          Plot.barY(rows, { x: 'month', y: 'events', fill: COLOURS.trial, insetLeft: 1, insetRight: 1 }),
          Plot.ruleY([0], { stroke: '#0b0c0c' }),
        ],
      } as unknown as Plot.PlotOptions);
      return finish(svg, title, description, `${title} ${size}`);
    }),
);

export interface SharePoint {
  month: string;
  /** From 0 to 1; null where nothing came or nothing can be expected. */
  share: number | null;
  limit: number | null;
  unusual: boolean;
}

/** The share of lines that could not be used by month, under the line of what chance explains. */
export const shareChart = remember(
  ({ title, description, rows }: Drawing<SharePoint>): Html =>
    responsive((width, size) => {
      const percent = rows.map((row) => ({
        ...row,
        share: row.share === null ? Number.NaN : 100 * row.share,
        limit: row.limit === null ? Number.NaN : 100 * row.limit,
      }));
      const known = percent.filter(({ share }) => !Number.isNaN(share));
      const top = Math.max(1, ...percent.flatMap(({ share, limit }) => [share || 0, limit || 0])) * 1.1;
      const svg = Plot.plot({
        ...frame(width),
        x: monthAxis(
          rows.map(({ month }) => month),
          NAMES[size],
        ),
        y: {
          ...{ domain: [0, top], label: null, grid: true, ticks: 4, tickSize: 0 },
          tickFormat: (value: number) => `${Number(value.toFixed(2))}%`,
        },
        marks: [
          Plot.ruleY([0], { stroke: '#0b0c0c' }),
          Plot.line(percent, {
            ...{ x: 'month', y: 'limit', stroke: COLOURS.comparison, strokeWidth: 2, strokeDasharray: '6 4' },
          }),
          Plot.line(percent, { x: 'month', y: 'share', stroke: COLOURS.trial, strokeWidth: 2.5 }),
          Plot.dot(
            known.filter(({ unusual }) => !unusual),
            { x: 'month', y: 'share', r: 4.5, fill: COLOURS.trial, stroke: '#fff' },
          ),
          Plot.dot(
            known.filter(({ unusual }) => unusual),
            {
              ...{
                x: 'month',
                y: 'share',
                r: 7,
                symbol: 'diamond',
                fill: COLOURS.comparison,
                stroke: '#fff',
              },
            },
          ),
        ],
        style: { fontSize: FONT },
      } as unknown as Plot.PlotOptions);
      return finish(svg, title, description, `${title} ${size}`);
    }),
);
