// A forest of intervals around a line of no difference: one row an outcome, a subgroup or a council.
import * as Plot from '@observablehq/plot';
import { COLOURS, document, FONT, finish, halo, responsive } from '../../../page/drawing.ts';
import type { Html } from '../../../page/html.ts';
import { broken } from './broken-lines.ts';

export interface ForestRow {
  label: string;
  /** A line of its own above the rows it heads: its numbers are not drawn. */
  heading?: boolean;
  estimate: number | null;
  lower: number | null;
  upper: number | null;
  /** The numbers in words, or why there are none. */
  text: string;
  /** Drawn as a diamond, such as a pooled estimate. */
  summary?: boolean;
}

export interface Forest {
  title: string;
  description: string;
  rows: readonly ForestRow[];
  /** 0 for differences, 1 for ratios (drawn on a log scale). */
  none: 0 | 1;
  /** Of the axis, such as "Percentage points". */
  unit: string;
  /** What lies on either side of the line, such as "Fewer in the trial arm". */
  below: string;
  above: string;
}

const ROW = { wide: 34, narrow: 52 } as const;
const MARGIN = { wide: [200, 190], narrow: [14, 14] } as const;
const LINE = 17;
const GREY = '#484949';

/** What lies on either side, under the axis, from the line outwards. */
function sides({ none, below, above }: Forest, width: number, size: 'wide' | 'narrow') {
  const [left, right] = MARGIN[size];
  const middle = (width + left - right) / 2;
  const texts = [
    { lines: broken(`← ${below}`, middle - 16), dx: -8, textAnchor: 'end' },
    { lines: broken(`${above} →`, width - middle - 16), dx: 8, textAnchor: 'start' },
  ];
  const marks = texts.map(({ lines, dx, textAnchor }) =>
    Plot.text([lines.join('\n')], {
      x: () => none,
      frameAnchor: 'bottom',
      dx,
      dy: 52,
      textAnchor,
      lineAnchor: 'top',
      lineHeight: LINE / FONT,
      fontSize: FONT,
      fill: GREY,
    } as Plot.TextOptions),
  );
  return { marks, height: LINE * Math.max(...texts.map(({ lines }) => lines.length)) };
}

/** The axis's ends: around every interval, the same way on both sides of a difference. */
function domainOf({ rows, none }: Forest): [number, number] {
  const ends = rows.flatMap(({ lower, upper, estimate }) =>
    [lower, upper, estimate].flatMap((value) => (value === null ? [] : [value])),
  );
  if (none === 1) {
    const reach = Math.exp(Math.max(Math.log(1.2), ...ends.map((value) => Math.abs(Math.log(value))))) * 1.05;
    return [1 / reach, reach];
  }
  const reach = Math.max(1, ...ends.map(Math.abs)) * 1.1;
  return [-reach, reach];
}

const wholeTick = (value: number, none: 0 | 1): string => {
  if (none === 1) return String(value);
  return value === 0 ? '0' : `${value < 0 ? '−' : '+'}${Math.abs(value)}`;
};

export const forest = (input: Forest): Html =>
  responsive((width, size) => {
    const { rows, none } = input;
    const keyed = rows.map((row, at) => ({ ...row, at }));
    const known = keyed.filter(({ estimate }) => estimate !== null);
    const [left, right] = MARGIN[size];
    const wide = size === 'wide';
    const { marks, height } = sides(input, width, size);
    const text = (own: typeof keyed, options: object) =>
      Plot.text(own, { y: 'at', fontSize: FONT, fill: '#0b0c0c', ...options } as Plot.TextOptions);
    const marginTop = wide ? 8 : 30;
    const marginBottom = 56 + height;
    const svg = Plot.plot({
      document,
      width,
      height: marginTop + ROW[size] * rows.length + marginBottom,
      marginLeft: left,
      marginRight: right,
      marginTop,
      marginBottom,
      x: {
        type: none === 1 ? 'log' : 'linear',
        domain: domainOf(input),
        ticks: wide ? 5 : 4,
        tickSize: 0,
        label: null,
        grid: true,
        tickFormat: (value: number) => wholeTick(value, none),
      },
      y: { type: 'point', domain: keyed.map(({ at }) => at), axis: null, padding: 0.6 },
      marks: [
        Plot.ruleX([none], { stroke: '#0b0c0c', strokeWidth: 1.5 }),
        Plot.ruleY(known, {
          y: 'at',
          x1: (row: ForestRow) => row.lower ?? row.estimate,
          x2: (row: ForestRow) => row.upper ?? row.estimate,
          stroke: COLOURS.trial,
          strokeWidth: 2.5,
        }),
        Plot.dot(known, {
          y: 'at',
          x: 'estimate',
          r: 6,
          symbol: (row: ForestRow) => (row.summary ? 'diamond' : 'square'),
          fill: (row: ForestRow) => (row.summary ? COLOURS.comparison : COLOURS.trial),
          stroke: '#fff',
        }),
        ...[false, true].map((bold) =>
          text(
            keyed.filter((row) => Boolean(row.summary || row.heading) === bold),
            {
              frameAnchor: 'left',
              textAnchor: 'start',
              dx: wide ? 4 - left : 0,
              dy: wide ? 0 : -20,
              text: 'label',
              ...halo,
              fontWeight: bold ? 700 : 400,
            },
          ),
        ),
        ...(wide
          ? [text(keyed, { frameAnchor: 'right', textAnchor: 'start', dx: 12, text: 'text' })]
          : [
              text(
                keyed.filter(({ estimate, heading }) => estimate === null && !heading),
                { frameAnchor: 'left', textAnchor: 'start', text: 'text', fill: GREY },
              ),
            ]),
        Plot.text([input.unit], {
          x: () => none,
          frameAnchor: 'bottom',
          dy: 36,
          fontSize: FONT,
          fill: GREY,
        } as Plot.TextOptions),
        ...marks,
      ],
    } as unknown as Plot.PlotOptions);
    return finish(svg, input.title, input.description, `${input.title} ${size}`);
  });
