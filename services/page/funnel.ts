// Councils by their size and risk, inside the limits that chance alone would keep them in (Spiegelhalter 2005,
// Statist. Med. 24:1185: the normal approximation of 95% and 99.8% limits around the risk of all).
import * as Plot from '@observablehq/plot';
import { COLOURS, document, FONT, finish, halo, responsive } from './drawing.ts';
import type { Html } from './html.ts';

export interface FunnelCouncil {
  council: string;
  n: number;
  /** Probability. */
  risk: number;
}

export interface Funnel {
  title: string;
  description: string;
  councils: readonly FunnelCouncil[];
  /** Of all councils together. */
  risk: number;
}

const Z = { inner: 1.959963984540054, outer: 3.090232306167814 } as const;

/** Percentages between which a council of `n` children lies by chance. */
export function limitsAt(risk: number, n: number, z: number): { lower: number; upper: number } {
  const half = z * Math.sqrt((risk * (1 - risk)) / n);
  return { lower: 100 * Math.max(0, risk - half), upper: 100 * Math.min(1, risk + half) };
}

/** Whether chance at 1 in 500 does not explain where a council lies. */
export function isOutside({ n, risk }: FunnelCouncil, overall: number): boolean {
  const { lower, upper } = limitsAt(overall, n, Z.outer);
  return 100 * risk < lower || 100 * risk > upper;
}

export const funnelPlot = ({ title, description, councils, risk }: Funnel): Html =>
  responsive((width, size) => {
    const wide = size === 'wide';
    const most = Math.max(...councils.map(({ n }) => n)) * 1.1;
    const least = Math.min(...councils.map(({ n }) => n)) * 0.6;
    const grid = Array.from({ length: 81 }, (_, at) => least + ((most - least) * at) / 80);
    const limit = (z: number, side: 'lower' | 'upper') =>
      grid.map((n) => ({ n, percent: limitsAt(risk, n, z)[side] }));
    const points = councils.map((one) => ({
      ...one,
      percent: 100 * one.risk,
      outside: isOutside(one, risk),
    }));
    const top =
      Math.max(...points.map(({ percent }) => percent), limitsAt(risk, least, Z.outer).upper) * 1.08;
    const line = (z: number, dash: string) =>
      (['lower', 'upper'] as const).map((side) =>
        Plot.line(limit(z, side), {
          x: 'n',
          y: 'percent',
          stroke: '#505a5f',
          strokeWidth: 1.5,
          strokeDasharray: dash,
        }),
      );
    const svg = Plot.plot({
      document,
      width,
      height: wide ? 360 : 300,
      marginLeft: 48,
      marginRight: 20,
      marginTop: 14,
      marginBottom: 50,
      x: { domain: [least, most], ticks: wide ? 6 : 4, tickSize: 4, label: null },
      y: {
        domain: [0, Math.min(100, top)],
        ticks: 5,
        tickSize: 0,
        grid: true,
        label: null,
        tickFormat: (value: number) => `${value}%`,
      },
      marks: [
        Plot.ruleY([0], { stroke: '#0b0c0c' }),
        Plot.ruleY([100 * risk], { stroke: COLOURS.trial, strokeWidth: 1.5 }),
        ...line(Z.inner, '3 4'),
        ...line(Z.outer, '8 4'),
        Plot.dot(points, {
          x: 'n',
          y: 'percent',
          r: 5.5,
          fill: (one: { outside: boolean }) => (one.outside ? COLOURS.comparison : COLOURS.trial),
          symbol: (one: { outside: boolean }) => (one.outside ? 'triangle' : 'circle'),
          stroke: '#fff',
        }),
        Plot.text(
          points.filter(({ outside }) => outside),
          { x: 'n', y: 'percent', text: 'council', dy: -15, fill: COLOURS.comparison, ...halo },
        ),
        Plot.text(['Children followed'], { frameAnchor: 'bottom', dy: 40, fontSize: FONT, fill: '#484949' }),
      ],
    } as unknown as Plot.PlotOptions);
    return finish(svg, title, description, `${title} ${size}`);
  });
