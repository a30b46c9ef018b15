// docs/outcomes.md: what each outcome counts, every choice it makes, and the cases both engines are held to. It is made
// of the definitions and the spec tables and of nothing else, so it cannot say what the code does not do.
import type { OutcomeDefinition } from '../../schemas/outcome.ts';
import { definitionWords } from '../../services/outcomes/definition-words.ts';
import { builtInOutcomes } from '../../services/outcomes/definitions.ts';
import { contentHash } from '../../services/platform/content-hash.ts';
import { allCases, specFiles, specText } from './tables.ts';

/** Where the page stands, and the command that writes it. */
export const PAGE = new URL('../../docs/outcomes.md', import.meta.url);
export const WRITE = 'npx tsx test/spec/write-page.ts';

/** A spec file's text with its headings one level lower. */
const lowered = (text: string): string => text.replace(/^#/gm, '##').trim();

function sectionOf(definition: OutcomeDefinition): string {
  const file = `${definition.id}.md`;
  const text = specFiles().includes(file) ? specText(file) : `# ${definition.title}`;
  const [heading, ...cases] = lowered(text).split('\n');
  return [
    heading,
    '',
    definition.words,
    '',
    `\`${definition.id}\` version ${definition.version}, hash \`${contentHash(definition)}\``,
    '',
    ...definitionWords(definition).map((sentence) => `- ${sentence}`),
    `- Source: ${definition.source}`,
    '',
    cases.join('\n').trim(),
  ]
    .join('\n')
    .trim();
}

export function outcomesPage(): string {
  const own = builtInOutcomes.map((definition) => `${definition.id}.md`);
  const shared = specFiles().filter((file) => !own.includes(file));
  const head = [
    '# Outcomes and the cases they are held to',
    '',
    `<!-- Generated from services/outcomes/definitions.ts and test/spec: do not edit. ${WRITE} -->`,
    '',
    `${builtInOutcomes.length} outcomes are built in. What each counts is a definition: data with a hash that travels with every`,
    `result. Two engines work them out, one written to be read and one in SQL, and both are held to the ${allCases().length} cases on`,
    'this page. Time is whole days; `index + months` is clamped to the end of the month and its last day counts.',
  ].join('\n');
  return `${[
    head,
    lowered(specText('notation.md')).replace(/^###/gm, '##'),
    ...builtInOutcomes.map(sectionOf),
    ...shared.map((file) => lowered(specText(file))),
  ].join('\n\n')}\n`;
}
