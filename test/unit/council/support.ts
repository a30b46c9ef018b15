// Writes small returns to a folder that is removed again, and converts them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { CaseEvent } from '../../../schemas/case-event.ts';
import type { FeedMessage } from '../../../schemas/message.ts';
import type { RecordKind, RecordState } from '../../../schemas/records.ts';
import { type ConvertOptions, convertReturn } from '../../../services/council/convert.ts';
import { type ConversionReport, ReportWriter } from '../../../services/council/report.ts';
import type { UserError } from '../../../services/platform/errors.ts';
import { COUNCIL, type Converted, KEY } from './sample.ts';

export { COUNCIL, type Converted, KEY };
export const samples = new URL('../../data/', import.meta.url).pathname;

/** A folder of this test file's own. */
export function folder(): {
  path: (name: string) => string;
  write: (name: string, text: string | Uint8Array) => string;
} {
  const root = mkdtempSync(join(tmpdir(), 'waymark-council-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const path = (name: string) => join(root, name);
  const write = (name: string, text: string | Uint8Array) => {
    writeFileSync(path(name), text);
    return path(name);
  };
  return { path, write };
}

export async function convert(files: string[], options: Partial<ConvertOptions> = {}): Promise<Converted> {
  const writer = new ReportWriter(COUNCIL);
  const messages: FeedMessage[] = [];
  let error: UserError | undefined;
  try {
    const all = convertReturn({ files, council: COUNCIL, key: KEY, writer, ...options });
    for await (const message of all) messages.push(message);
  } catch (thrown) {
    error = thrown as UserError;
  }
  return { messages, report: writer.report, error };
}

export function states<K extends RecordKind>(messages: readonly FeedMessage[], kind: K): RecordState<K>[] {
  return messages
    .filter((message): message is CaseEvent => message.type === `waymark.case.${kind}.v1`)
    .flatMap((event) => ('state' in event.data ? [event.data.state as RecordState<K>] : []));
}

export const findings = (report: ConversionReport): Record<string, number> =>
  Object.fromEntries(
    report.findings.map((one) => [one.field ? `${one.rule} ${one.field}` : one.rule, one.count]),
  );

/** A census of one child: `details` stands inside CINdetails beside the referral's date. */
export function census(parts: {
  identifiers?: string;
  details?: string;
  children?: string;
  header?: string;
  year?: number;
}): string {
  const year = parts.year ?? 2024;
  const header =
    parts.header ??
    `<Header><CollectionDetails><Collection>CIN</Collection><Year>${year}</Year><ReferenceDate>${year}-03-31</ReferenceDate></CollectionDetails><Source><DateTime>${year}-06-03T10:00:00</DateTime></Source></Header>`;
  const child = `
    <Child>
      <ChildIdentifiers><LAchildID>A1</LAchildID>${parts.identifiers ?? '<PersonBirthDate>2015-02-17</PersonBirthDate>'}</ChildIdentifiers>
      <ChildCharacteristics><Ethnicity>WBRI</Ethnicity></ChildCharacteristics>
      ${parts.details ?? '<CINdetails><CINreferralDate>2023-05-04</CINreferralDate></CINdetails>'}
    </Child>`;
  return `<Message>\n  ${header}\n  <Children>${parts.children ?? child}\n  </Children>\n</Message>\n`;
}
