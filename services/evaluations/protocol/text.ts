// A stored protocol as a document to go on writing: YAML, its built-in outcomes named rather than written out.
import { isMap, parseDocument, stringify } from 'yaml';
import type { Protocol } from '../../../schemas/protocol.ts';
import { contentHash } from '../../platform/content-hash.ts';
import { tooDeepAt } from './nesting.ts';
import { usesOf } from './outcome-use.ts';

/** YAML that `checkProtocol` reads back as the same protocol. */
export const protocolText = (protocol: Protocol): string =>
  stringify({ ...protocol, outcomes: usesOf(protocol.outcomes, contentHash) }, { lineWidth: 100 });

/** What a document says its id and title are, right or wrong; empty where it says none. */
export function namesIn(document: string): { id: string; title: string } {
  if (tooDeepAt(document) !== null) return { id: '', title: '' };
  const parsed = parseDocument(document, { prettyErrors: false });
  const read = (key: string): string => {
    const value: unknown = isMap(parsed.contents) ? parsed.contents.get(key) : undefined;
    return typeof value === 'string' ? value.slice(0, 200) : '';
  };
  return { id: read('id'), title: read('title') };
}
