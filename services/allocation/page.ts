// The pages of the allocation service: sign in, one field for the family or child, and the arm. They work without scripts.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Concealed } from '../../schemas/protocol/allocation.ts';
import type { Protocol } from '../../schemas/protocol.ts';
import type { Answer } from '../evaluations/allocation/allocator.ts';
import { factorsOf } from '../evaluations/allocation/sequence.ts';
import { moment } from '../page/words.ts';

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const text = (raw: string): string => raw.replace(/[&<>"']/g, (one) => entities[one] ?? '');

const frontend = createRequire(import.meta.url).resolve('govuk-frontend/package.json');
const SYSTEM_FONTS =
  'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans","Liberation Sans",Arial,sans-serif';

/** GOV.UK Frontend's stylesheet without the typeface and crest, which are licensed for GOV.UK alone. */
export const stylesheet = `${readFileSync(
  new URL('./dist/govuk/govuk-frontend.min.css', `file://${frontend}`),
  'utf8',
)
  .replace(/@font-face\{[^}]*\}/g, '')
  .replaceAll('GDS Transport,arial,sans-serif', SYSTEM_FONTS)
  .replace(
    /(?:background-image|mask-image|-webkit-mask-image):url\(\/assets\/images\/govuk-crest\.svg\);?/g,
    '',
  )
  .replace(/\/\*# sourceMappingURL=.*?\*\//g, '')}
.wm-code{font-family:ui-monospace,monospace;overflow-wrap:anywhere}.wm-head{border-bottom:10px solid #12436d;background:#0b0c0c;color:#fff;padding:10px 0}.govuk-template{background:#fff}.wm-head a:link,.wm-head a:visited{color:#fff;font-weight:700;font-size:1.5rem;text-decoration:none}.wm-head a:focus:focus{color:#0b0c0c}`;
export const stylesheetPath = `/assets/${createHash('sha256').update(stylesheet).digest('hex').slice(0, 12)}/allocation.css`;

/** A field that was not filled in as it must be. */
export interface Fault {
  field: string;
  message: string;
}

/** How a pseudonym of each unit is written. */
export const pseudonymWords: Record<Protocol['unit'], string> = {
  child: 'c and 32 digits or letters a to f',
  family: 'f (or the child’s, c, where no family is known) and 32 digits or letters a to f',
  team: 't and 32 digits or letters a to f',
  council: '',
};

const frame = (title: string, main: string, faults: readonly Fault[] = []): string => `<!DOCTYPE html>
<html lang="en-GB" class="govuk-template">
<head>
<meta charset="utf-8">
<title>${faults.length > 0 ? 'Error: ' : ''}${text(title)} – Waymark allocation</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<link rel="stylesheet" href="${stylesheetPath}">
</head>
<body class="govuk-template__body">
<a href="#main" class="govuk-skip-link">Skip to main content</a>
<header class="wm-head"><div class="govuk-width-container"><a class="govuk-link" href="/">Waymark allocation</a></div></header>
<div class="govuk-width-container"><main class="govuk-main-wrapper" id="main">
<div class="govuk-grid-row"><div class="govuk-grid-column-two-thirds">
${summary(faults)}${main}
</div></div></main></div>
</body>
</html>
`;

const summary = (faults: readonly Fault[]): string =>
  faults.length === 0
    ? ''
    : `<div class="govuk-error-summary" role="alert"><h2 class="govuk-error-summary__title">There is a problem</h2>
<div class="govuk-error-summary__body"><ul class="govuk-list govuk-error-summary__list">${faults
        .map(({ field, message }) => `<li><a href="#${text(field)}">${text(message)}</a></li>`)
        .join('')}</ul></div></div>`;

const error = (field: string, faults: readonly Fault[]): string => {
  const fault = faults.find((one) => one.field === field);
  return fault
    ? `<p id="${text(field)}-error" class="govuk-error-message"><span class="govuk-visually-hidden">Error:</span> ${text(fault.message)}</p>`
    : '';
};

const isWrong = (field: string, faults: readonly Fault[]): boolean =>
  faults.some((one) => one.field === field);

/** Says of an input that it is wrong. */
const wrong = (field: string, faults: readonly Fault[]): string =>
  isWrong(field, faults) ? ' govuk-input--error' : '';

const group = (field: string, faults: readonly Fault[]): string =>
  `govuk-form-group${isWrong(field, faults) ? ' govuk-form-group--error' : ''}`;

export function signInPage(faults: readonly Fault[] = []): string {
  return frame(
    'Sign in',
    `<h1 class="govuk-heading-xl">Sign in to allocate</h1>
<form method="post" action="/sign-in" novalidate><div class="${group('key', faults)}">
<label class="govuk-label" for="key">Allocation key</label>
<div id="key-hint" class="govuk-hint">Your council’s study lead gave it to you. It starts with wk_</div>
${error('key', faults)}<input class="govuk-input${wrong('key', faults)}" id="key" name="key" type="password" autocomplete="current-password" aria-describedby="key-hint${faults.length > 0 ? ' key-error' : ''}"></div>
<button class="govuk-button" type="submit">Sign in</button></form>`,
    faults,
  );
}

export function trialsPage(trials: readonly { slug: string; title: string }[]): string {
  const list = trials
    .map(
      ({ slug, title }) => `<li><a class="govuk-link" href="/trials/${text(slug)}">${text(title)}</a></li>`,
    )
    .join('');
  return frame(
    'Trials',
    `<h1 class="govuk-heading-xl">Trials your council takes part in</h1>
${list ? `<ul class="govuk-list govuk-list--spaced">${list}</ul>` : '<p class="govuk-body">None is open for allocation.</p>'}`,
  );
}

const simulated = ({ dataSource }: Protocol): string =>
  dataSource === 'real'
    ? ''
    : `<div class="govuk-inset-text"><strong>${dataSource === 'simulated' ? 'Simulated data.' : 'Sample data.'}</strong> Nothing here is about a real family.</div>`;

/** What was typed, by field. */
export type Typed = Readonly<Record<string, string>>;

export function entryPage(
  protocol: Protocol,
  draw: Concealed,
  typed: Typed = {},
  faults: readonly Fault[] = [],
): string {
  const what = protocol.unit;
  const factors = factorsOf(draw).flatMap((factor) => (factor === 'council' ? [] : [factor]));
  const radios = (field: string, words: string, choices: readonly { value: string; words: string }[]) =>
    `<div class="${group(field, faults)}"><fieldset class="govuk-fieldset"${isWrong(field, faults) ? ` aria-describedby="${text(field)}-error"` : ''}><legend class="govuk-fieldset__legend govuk-fieldset__legend--s">${text(words)}</legend>
${error(field, faults)}<div class="govuk-radios${choices.length === 2 ? ' govuk-radios--inline' : ''}">${choices
      .map(({ value, words: label }, at) => {
        const id = at === 0 ? field : `${field}-${at}`;
        return `<div class="govuk-radios__item"><input class="govuk-radios__input" id="${text(id)}" name="${text(field)}" type="radio" value="${text(value)}"${typed[field] === value ? ' checked' : ''}><label class="govuk-label govuk-radios__label" for="${text(id)}">${text(label)}</label></div>`;
      })
      .join('')}</div></fieldset></div>`;
  return frame(
    protocol.title,
    `${simulated(protocol)}<span class="govuk-caption-l">${text(protocol.title)}</span>
<h1 class="govuk-heading-xl">Allocate a ${what}</h1>
<form method="post" action="/trials/${text(protocol.id)}" novalidate>
<div class="${group('unit', faults)}"><label class="govuk-label govuk-label--s" for="unit">The ${what}’s pseudonym</label>
<div id="unit-hint" class="govuk-hint">${pseudonymWords[what]}, from your case system. Do not enter a name or a case number: the key that turns a case number into a pseudonym stays in your council, and Waymark must not have it.</div>
${error('unit', faults)}<input class="govuk-input wm-code${wrong('unit', faults)}" id="unit" name="unit" type="text" spellcheck="false" autocapitalize="none" autocomplete="off" value="${text(typed.unit ?? '')}" aria-describedby="unit-hint${isWrong('unit', faults) ? ' unit-error' : ''}"></div>
${factors
  .map(({ name, levels }) =>
    radios(
      `levels.${name}`,
      sentence(name),
      levels.map((value) => ({ value, words: value })),
    ),
  )
  .join('')}${draw.eligibility
  .map(({ id, words }) =>
    radios(`eligibility.${id}`, words, [
      { value: 'yes', words: 'Yes' },
      { value: 'no', words: 'No' },
    ]),
  )
  .join('')}
<p class="govuk-body">A ${what} is allocated once. Entering it again shows the same answer.</p>
<button class="govuk-button" type="submit">Allocate</button></form>`,
    faults,
  );
}

/** `age-band` as a heading: Age band. */
const sentence = (name: string): string => {
  const words = name.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

export function answerPage(protocol: Protocol, answer: Answer): string {
  const what = protocol.unit;
  const row = (key: string, value: string) =>
    `<div class="govuk-summary-list__row"><dt class="govuk-summary-list__key">${key}</dt><dd class="govuk-summary-list__value">${value}</dd></div>`;
  const heading = answer.arm === null ? `This ${what} is not in the trial` : text(protocol.arms[answer.arm]);
  return frame(
    'Answer',
    `${simulated(protocol)}<div class="govuk-panel govuk-panel--confirmation"><h1 class="govuk-panel__title">${heading}</h1>
<div class="govuk-panel__body">${answer.arm === null ? 'An answer was no' : `is what this ${what} is allocated to`}</div></div>
<dl class="govuk-summary-list">${row('Pseudonym', `<span class="wm-code">${text(answer.unit)}</span>`)}${row('Entered', text(moment(answer.allocatedAt)))}${row('Entry', String(answer.sequence))}${row('Receipt', `<span class="wm-code">${text(answer.receipt)}</span>`)}</dl>
<p class="govuk-body">Keep the entry number and the receipt with the case: they prove what was answered.</p>
<p class="govuk-body"><a class="govuk-link" href="/trials/${text(protocol.id)}">Allocate another ${what}</a></p>`,
  );
}

export const problemPage = (heading: string, words: string): string =>
  frame(
    heading,
    `<h1 class="govuk-heading-xl">${text(heading)}</h1><p class="govuk-body">${text(words)}</p><p class="govuk-body"><a class="govuk-link" href="/">Start again</a></p>`,
  );
