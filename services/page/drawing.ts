// Charts are drawn here, as plain SVG without a style of its own, from numbers that have passed disclosure control.
import { parseHTML } from 'linkedom';
import { type Html, html, trusted } from './html.ts';

export const { document } = parseHTML('<!doctype html><html lang="en"><body></body></html>');

/** Blue and orange that differ in lightness too; each has 4.5:1 on white so that labels can wear them. */
export const COLOURS = { trial: '#12436d', comparison: '#a8480f' } as const;
export const FONT = 14;
/** A white edge keeps a label readable where a line runs behind it. */
export const halo = { stroke: '#fff', strokeWidth: 5, fontSize: FONT, fontWeight: 600 };

interface DrawnSvg {
  outerHTML: string;
}

/**
 * Without `<style>` and `style=`, which the content security policy would refuse; with a title and a description.
 * @param name tells two drawings of one title apart on a page
 */
export function finish(svg: unknown, title: string, description: string, name = title): Html {
  const { outerHTML } = svg as DrawnSvg;
  const bare = outerHTML
    .replace(/<style>[\s\S]*?<\/style>/g, '')
    .replace(/ style="[^"]*"/g, '')
    .replace(/ aria-label="[^"]*"/g, '')
    .replace(/(\d\.\d\d)\d+/g, '$1')
    .replace('font-size="10"', `font-size="${FONT}"`);
  const open = bare.indexOf('>') + 1;
  const id = `chart-${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
  return html`${trusted(
    bare
      .slice(0, open)
      .replace(/<svg /, `<svg role="img" aria-labelledby="${id} ${id}-d" `)
      .replace(/class="[^"]*"/, 'class="wm-chart__svg"'),
  )}<title id="${id}">${title}</title><desc id="${id}-d">${description}</desc>${trusted(bare.slice(open))}`;
}

/** Drawing takes some milliseconds and the same numbers are asked for again and again: keep the latest drawings. */
export function remember<Input>(draw: (input: Input) => Html, most = 500): (input: Input) => Html {
  const kept = new Map<string, Html>();
  return (input) => {
    const key = JSON.stringify(input);
    const hit = kept.get(key);
    if (hit) return hit;
    const drawn = draw(input);
    const oldest = kept.keys().next().value;
    if (kept.size >= most && oldest !== undefined) kept.delete(oldest);
    kept.set(key, drawn);
    return drawn;
  };
}

/** Two drawings of one figure, for wide and for narrow screens: letters stay as large as the page's. Paper takes the wide. */
export const responsive = (draw: (width: number, size: 'wide' | 'narrow') => Html): Html =>
  html`<div class="wm-wide">${draw(680, 'wide')}</div><div class="wm-narrow">${draw(340, 'narrow')}</div>`;
