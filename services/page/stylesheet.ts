// The one stylesheet of every page: GOV.UK Frontend, and what is ours on top.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export const frontend = new URL(
  './dist/govuk/',
  `file://${createRequire(import.meta.url).resolve('govuk-frontend/package.json')}`,
);
const own = new URL('./', import.meta.url);

const SYSTEM_FONTS =
  'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans","Liberation Sans",Arial,sans-serif';

/** Made when it is first asked for, and kept. */
function once(make: () => string): () => string {
  let made: string | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/**
 * GOV.UK Frontend's stylesheet for a service outside GOV.UK: its typeface and crest are licensed for GOV.UK only, so they
 * leave and the reader's own system font takes their place.
 */
export const stylesheet = once(() => {
  const css = readFileSync(new URL('govuk-frontend.min.css', frontend), 'utf8')
    .replace(/@font-face\{[^}]*\}/g, '')
    .replaceAll('GDS Transport,arial,sans-serif', SYSTEM_FONTS)
    .replace(
      /(?:background-image|mask-image|-webkit-mask-image):url\(\/assets\/images\/govuk-crest\.svg\);?/g,
      '',
    )
    .replace(/\/\*# sourceMappingURL=.*?\*\//g, '');
  return `${css}\nbody{font-family:${SYSTEM_FONTS}}\n${readFileSync(new URL('waymark.css', own), 'utf8')}`;
});

/** The mark beside the name. */
export const mark = once(() => readFileSync(new URL('waymark.svg', own), 'utf8'));
