// The flow diagram: boxes and arrows as plain SVG. On a wide page both arms stand side by side, row by row as CONSORT draws
// them; on a narrow one they stand one under the other.
import { FONT, finish, responsive } from '../../../page/drawing.ts';
import { type Html, html } from '../../../page/html.ts';
import type { FlowBox, FlowBoxes } from '../flow-boxes.ts';
import { broken } from './broken-lines.ts';

const LINE = 19;
const PAD = 12;
const GAP = 30;
const BLUE = '#12436d';

interface Placed {
  x: number;
  y: number;
  width: number;
  height: number;
  title: string[];
  lines: string[];
}

function place(box: FlowBox, x: number, y: number, width: number): Placed {
  const inside = width - 2 * PAD;
  const title = broken(box.title, inside, 'bold');
  const lines = box.lines.flatMap((line) => broken(line, inside));
  return { x, y, width, title, lines, height: 2 * PAD + LINE * (title.length + lines.length) - 4 };
}

const drawn = ({ x, y, width, height, title, lines }: Placed): Html =>
  html`<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="#fff" stroke="${BLUE}" stroke-width="1.5"/>${[
    ...title.map((text) => ({ text, weight: 700 })),
    ...lines.map((text) => ({ text, weight: 400 })),
  ].map(
    ({ text, weight }, at) =>
      html`<text x="${x + PAD}" y="${y + PAD + FONT + at * LINE - 2}" font-weight="${weight}">${text}</text>`,
  )}`;

const line = (x1: number, y1: number, x2: number, y2: number): Html =>
  html`<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${BLUE}" stroke-width="1.5"/>`;

const arrow = (x1: number, y1: number, x2: number, y2: number): Html => {
  const head =
    x1 === x2
      ? `${x2 - 5},${y2 - 8} ${x2 + 5},${y2 - 8} ${x2},${y2}`
      : `${x2 - 8},${y2 - 5} ${x2 - 8},${y2 + 5} ${x2},${y2}`;
  return html`${line(x1, y1, x2, y2)}<polygon points="${head}" fill="${BLUE}"/>`;
};

const bottom = ({ y, height }: Placed): number => y + height;
const middle = ({ x, width }: Placed): number => x + width / 2;

interface Drawn {
  parts: Html[];
  height: number;
}

/** Rows of boxes side by side, every box of a row as high as the highest, with an arrow from each to the one below it. */
function rows(
  columns: readonly (readonly FlowBox[])[],
  xs: readonly number[],
  y: number,
  width: number,
): Drawn {
  const parts: Html[] = [];
  const deepest = Math.max(...columns.map((boxes) => boxes.length));
  let top = y;
  let above: Placed[] = [];
  for (let row = 0; row < deepest; row++) {
    const placed = columns.flatMap((boxes, c) => {
      const box = boxes[row];
      return box ? [place(box, xs[c] ?? 0, top, width)] : [];
    });
    const height = Math.max(...placed.map((box) => box.height));
    const level = placed.map((box) => ({ ...box, height }));
    for (const box of level) {
      const before = above.find(({ x }) => x === box.x);
      if (before) parts.push(arrow(middle(box), bottom(before), middle(box), box.y));
      parts.push(drawn(box));
    }
    above = level;
    top += height + GAP;
  }
  return { parts, height: top - GAP };
}

function wideDrawing(boxes: FlowBoxes, width: number): Drawn {
  const half = (width - 22) / 2;
  const stem = width / 2;
  const head = 290;
  const top = place(boxes.screened, stem - head / 2, 1, head);
  const out = place(boxes.excluded, stem + 30, bottom(top) + 16, width - stem - 31);
  const enrolled = place(boxes.enrolled, stem - head / 2, bottom(out) + 16, head);
  const fork = bottom(enrolled) + 18;
  const start = fork + 22;
  const xs = boxes.arms.map((_, at) => 1 + at * (half + 20));
  const arms = rows(boxes.arms, xs, start, half);
  const ends = xs.map((x) => x + half / 2);
  const level = out.y + out.height / 2;
  return {
    parts: [
      drawn(top),
      arrow(stem, bottom(top), stem, enrolled.y),
      arrow(stem, level, out.x, level),
      drawn(out),
      drawn(enrolled),
      line(stem, bottom(enrolled), stem, fork),
      line(Math.min(stem, ...ends), fork, Math.max(stem, ...ends), fork),
      ...ends.map((x) => arrow(x, fork, x, start)),
      ...arms.parts,
    ],
    height: arms.height + 2,
  };
}

function narrowDrawing(boxes: FlowBoxes, width: number): Drawn {
  const parts: Html[] = [];
  let y = 1;
  for (const [at, column] of [[boxes.screened, boxes.excluded, boxes.enrolled], ...boxes.arms].entries()) {
    const next = rows([column], [1], y, width - 2);
    if (at > 0) parts.push(arrow(width / 2, y - GAP, width / 2, y));
    parts.push(...next.parts);
    y = next.height + GAP;
  }
  return { parts, height: y - GAP + 2 };
}

export const flowDiagram = (boxes: FlowBoxes, title: string, description: string): Html =>
  responsive((width, size) => {
    const { parts, height } = size === 'wide' ? wideDrawing(boxes, width) : narrowDrawing(boxes, width);
    const svg = html`<svg class="flow" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-size="${FONT}" fill="currentColor" xmlns="http://www.w3.org/2000/svg">${parts}</svg>`;
    return finish({ outerHTML: svg.text }, title, description, `${title} ${size}`);
  });
