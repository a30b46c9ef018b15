// The Standard Safeguarding Dataset (tables in CSV, or a query's result of the same columns) becomes case events.
//
// Keys: every table gives its records the case system's id, so a record is `feed:` and that id, the same as in the
// daily feed, which is made from these tables: the dataset can be the snapshot that daily deltas then correct. Its care
// episodes have a legal status by person and day, so unlike the feed it can say that a child came into care.
//
// Small tables (disabilities, immigration status, families, factors, conferences, legal statuses, placements) are held
// while the large ones pass by row for row. Column names: data-to-insight, Standard Safeguarding Dataset 1.x.
import * as codes from '../../schemas/codes.ts';
import type { RecordKind, RecordState } from '../../schemas/records.ts';
import { readColumns, readCsv, type TableSource } from './csv-rows.ts';
import { lookups } from './dataset-lookups.ts';
import { DatasetRow, type Lookups } from './dataset-row.ts';
import { type RecordTable, recordTables } from './dataset-tables.ts';
import { codeSet, Reading } from './reading.ts';
import { readState } from './record-fields.ts';
import type { ReportWriter } from './report.ts';
import type { ReturnEvents } from './return-events.ts';
import type { Loose } from './state-json.ts';

const ethnicities = codeSet(codes.Ethnicity.options);
const disabilities = codeSet(codes.Disability.options);
const sexes = codeSet(codes.Sex.options);
const PERSON = 'pers_person_id';

/** Tables that are known and not carried, because no outcome uses them, by the prefix of their columns. */
const NOT_CARRIED: Readonly<Record<string, string>> = {
  ADDR_: 'ssd_address',
  CINV_: 'ssd_cin_visits',
  CLAC_: 'ssd_cla_convictions',
  CLAH_: 'ssd_cla_health',
  CLAI_: 'ssd_cla_immunisations',
  CLAP_: 'ssd_cla_placement',
  CLAR_: 'ssd_cla_reviews',
  CLAS_: 'ssd_cla_substance_misuse',
  CLAV_: 'ssd_cla_visits',
  CLEA_: 'ssd_care_leavers',
  CONT_: 'ssd_contacts',
  CPPV_: 'ssd_cp_visits',
  CSDQ_: 'ssd_sdq_scores',
  DEPT_: 'ssd_department',
  EHCA_: 'ssd_ehcp_assessment',
  EHCN_: 'ssd_ehcp_named_plan',
  EHCP_: 'ssd_ehcp_active_plans',
  EHCR_: 'ssd_ehcp_requests',
  INVO_: 'ssd_involvements',
  LACP_: 'ssd_cla_care_plan',
  LAPP_: 'ssd_cla_previous_permanence',
  LINK_: 'ssd_linked_identifiers',
  MISS_: 'ssd_missing',
  MOTH_: 'ssd_mother',
  PERM_: 'ssd_permanence',
  PREP_: 'ssd_pre_proceedings',
  PROF_: 'ssd_professionals',
  S251_: 'ssd_s251_finance',
  SEND_: 'ssd_send',
  SENN_: 'ssd_sen_need',
  VOCH_: 'ssd_voice_of_child',
};

/** Which table of the dataset the columns (upper case) are of. */
export function datasetTableOf(columns: readonly string[]): string | undefined {
  const has = (name: string) => columns.includes(name.toUpperCase());
  const record = recordTables.find((one) => has(one.id) && has(one.person));
  if (record) return record.id;
  if (has(PERSON)) return PERSON;
  return (
    Object.keys(lookups).find(has) ??
    columns.map((name) => NOT_CARRIED[name.slice(0, 5)]).find((name) => name !== undefined)
  );
}

const unreadable = 'cannot be read as a row of the heading: check its quotes and fields';

async function* rowsOf(
  source: TableSource,
  record: string,
  writer: ReportWriter,
  into: Lookups,
): AsyncGenerator<DatasetRow> {
  const { rows } = await readCsv(source.text(), source.file);
  for await (const row of rows) {
    if ('cells' in row) yield new DatasetRow(row.cells, row.line, into);
    else
      writer.refuse({
        file: source.file,
        line: row.line,
        record,
        rule: row.unreadable,
        field: '',
        reason: unreadable,
      });
  }
}

async function columnsOf(source: TableSource): Promise<readonly string[]> {
  return readColumns(source.text(), source.file);
}

async function countNotCarried(name: string, source: TableSource, writer: ReportWriter): Promise<void> {
  let count = 0;
  for await (const _ of (await readCsv(source.text(), source.file)).rows) count += 1;
  writer.notCarried(source.file, name, count);
}

function stateRow<K extends RecordKind>(
  of: RecordTable<K>,
  row: DatasetRow,
  reading: Reading,
  events: ReturnEvents,
): void {
  const localId = reading.childId(of.person, row.get(of.person));
  if (localId === undefined) return;
  const id = row.text(of.id);
  if (id === '') {
    reading.refuse('missing-field', of.id, 'is missing, so the record could not be corrected later');
    return;
  }
  const state = readState(of.fields, row, reading);
  if (state) events.state(events.child(localId), of.kind, `feed:${id}`, state, reading);
}

function statePerson(row: DatasetRow, reading: Reading, uascKnown: boolean, events: ReturnEvents): boolean {
  const localId = reading.childId(PERSON, row.get(PERSON));
  if (localId === undefined) return false;
  const { into } = row;
  const born = reading.month('pers_dob', row.get('pers_dob'));
  const expected = born ? undefined : reading.month('pers_expected_dob', row.get('pers_expected_dob'));
  const texts = into.disabilities.get(localId) ?? [];
  const disabled = reading.codes(
    'disa_disability_code',
    texts.map((text) => ({ text, line: row.line })),
    disabilities,
  );
  const family = into.families.get(localId);
  const child = events.child(localId);
  events.conversion.linkage.other(child.pseudonym);
  const state: Loose<RecordState<'child'>> = {
    birthMonth: born ?? expected,
    unborn: expected === undefined ? undefined : true,
    sex: reading.code('pers_sex', row.get('pers_sex'), sexes),
    ethnicity: reading.code('pers_ethnicity', row.get('pers_ethnicity'), ethnicities),
    disabilities: disabled.length > 0 ? disabled : undefined,
    unaccompaniedAsylumSeeker: into.unaccompanied.get(localId) ?? (uascKnown ? false : undefined),
    deathMonth: reading.month('pers_death_date', row.get('pers_death_date')),
    deprivationDecile: undefined,
    family: family === undefined ? events.family(localId) : events.conversion.pseudonyms.family(family),
  };
  events.state(child, 'child', 'feed', state, reading);
  return true;
}

/**
 * States every record of the tables, table by table; `each` is called after every row, to hand over what was stated.
 * @returns the kinds whose tables were given, and the number of children
 */
export async function* stateDataset(
  sources: readonly TableSource[],
  events: ReturnEvents,
  writer: ReportWriter,
): AsyncGenerator<void, { kinds: RecordKind[]; children: number }> {
  const named: { name: string; source: TableSource }[] = [];
  for (const source of sources) named.push({ name: datasetTableOf(await columnsOf(source)) ?? '', source });
  const into: Lookups = {
    teamNamed: events.conversion.pseudonyms.team,
    disabilities: new Map(),
    unaccompanied: new Map(),
    families: new Map(),
    factors: new Map(),
    conferences: new Map(),
    reviews: new Map(),
    legalStatuses: new Map(),
    placements: new Map(),
  };
  for (const { name, source } of named) {
    const take = lookups[name];
    if (take) for await (const row of rowsOf(source, name, writer, into)) take(row, into);
  }
  const uascKnown = named.some(({ name }) => name === 'immi_immigration_status');
  const kinds = new Set<RecordKind>();
  let children = 0;
  for (const { name, source } of named) {
    if (name === PERSON) {
      kinds.add('child');
      for await (const row of rowsOf(source, 'child', writer, into)) {
        const reading = new Reading(writer, source.file, row.line, 'child');
        if (statePerson(row, reading, uascKnown, events)) children += 1;
        yield;
      }
      continue;
    }
    const record = recordTables.find((one) => one.id === name);
    if (!record) {
      if (!lookups[name]) await countNotCarried(name, source, writer);
      continue;
    }
    kinds.add(record.kind);
    for await (const row of rowsOf(source, record.kind, writer, into)) {
      const reading = new Reading(writer, source.file, row.line, record.kind);
      stateRow(record as unknown as RecordTable<RecordKind>, row, reading, events);
      yield;
    }
  }
  return { kinds: [...kinds], children };
}
