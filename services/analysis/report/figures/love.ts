// How far apart the arms are on the index day: one dot a covariate, in standard deviations (Love 2004; Stuart 2010).
import * as Plot from '@observablehq/plot';
import { COLOURS, document, FONT, finish, halo, responsive } from '../../../page/drawing.ts';
import type { Html } from '../../../page/html.ts';

export interface LoveRow {
  label: string;
  /** A line of its own above the rows it heads. */
  heading?: boolean;
  /** Null is hidden. */
  difference: number | null;
  /** Before weighting or matching: an open circle. */
  before?: number | null;
}

export interface Love {
  title: string;
  description: string;
  rows: readonly LoveRow[];
  /** Where adjustment stops being safe. */
  limit: number;
}

/** Customary line of no concern (Austin 2009). */
const SMALL = 0.1;
const MARGIN = 290;

export const lovePlot = ({ title, description, rows, limit }: Love): Html =>
  responsive((width, size) => {
    const wide = size === 'wide';
    const keyed = rows.map((row, at) => ({ ...row, at }));
    const left = wide ? MARGIN : 14;
    const reach = Math.max(
      limit * 1.2,
      ...rows.flatMap(({ difference, before }) =>
        [difference, before].map((value) => Math.abs(value ?? 0) * 1.1),
      ),
    );
    const svg = Plot.plot({
      document,
      width,
      height: 62 + (wide ? 26 : 44) * rows.length,
      marginLeft: left,
      marginRight: 20,
      marginTop: wide ? 8 : 24,
      marginBottom: 54,
      x: {
        domain: [-reach, reach],
        ticks: [-limit, -SMALL, 0, SMALL, limit],
        tickSize: 0,
        label: null,
        tickFormat: (value: number) => (value === 0 ? '0' : `${value < 0 ? '−' : '+'}${Math.abs(value)}`),
      },
      y: { type: 'point', domain: keyed.map(({ at }) => at), axis: null, padding: 0.6 },
      marks: [
        Plot.ruleX([0], { stroke: '#0b0c0c', strokeWidth: 1.5 }),
        Plot.ruleX([-SMALL, SMALL], { stroke: '#767676', strokeDasharray: '3 4' }),
        Plot.ruleX([-limit, limit], { stroke: COLOURS.comparison, strokeDasharray: '6 4', strokeWidth: 1.5 }),
        Plot.dot(
          keyed.filter(({ before }) => before != null),
          { x: 'before', y: 'at', r: 5, fill: '#fff', stroke: COLOURS.comparison, strokeWidth: 2 },
        ),
        Plot.dot(
          keyed.filter(({ difference }) => difference !== null),
          { x: 'difference', y: 'at', r: 5.5, fill: COLOURS.trial, stroke: '#fff' },
        ),
        Plot.text(
          keyed.filter(({ difference, heading }) => difference === null && !heading),
          {
            x: () => 0,
            y: 'at',
            text: () => 'Hidden',
            dx: 8,
            textAnchor: 'start',
            fontSize: FONT,
            fill: '#484949',
          },
        ),
        ...[false, true].map((bold) =>
          Plot.text(
            keyed.filter(({ heading }) => Boolean(heading) === bold),
            {
              y: 'at',
              frameAnchor: 'left',
              textAnchor: 'start',
              dx: wide ? 4 - left : 0,
              dy: wide ? 0 : -16,
              text: 'label',
              ...halo,
              fontWeight: bold ? 700 : 400,
              fill: '#0b0c0c',
            },
          ),
        ),
        Plot.text(['Standard deviations'], {
          frameAnchor: 'bottom',
          dy: 40,
          fontSize: FONT,
          fill: '#484949',
        }),
      ],
    } as unknown as Plot.PlotOptions);
    return finish(svg, title, description, `${title} ${size}`);
  });
