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
import { readCsv } from './csv-rows.ts';
import { calendarDay, codeSet, type Raw, Reading, stated } from './reading.ts';
import type { ReportWriter } from './report.ts';
import type { ReturnEvents } from './return-events.ts';

const referralSources = codeSet(codes.ReferralSource.options);
const primaryNeeds = codeSet(codes.PrimaryNeed.options);
const closureReasons = codeSet(codes.ClosureReason.options);
const factors = codeSet(codes.AssessmentFactor.options);
const ethnicities = codeSet(codes.Ethnicity.options);
const disabilities = codeSet(codes.Disability.options);
const sexes = codeSet(codes.Sex.options);
const reasonsStarted = codeSet(codes.ReasonNewEpisode.options);
const legalStatuses = codeSet(codes.LegalStatus.options);
const reasonsEnded = codeSet(codes.ReasonEpisodeCeased.options);
/** Codes, and the words that systems write in their place. */
const abuseCategories: ReadonlyMap<string, (typeof codes.AbuseCategory.options)[number]> = new Map([
  ...codes.AbuseCategory.options.map((code): [string, typeof code] => [code, code]),
  ['NEGLECT', 'NEG'],
  ['PHYSICAL ABUSE', 'PHY'],
  ['SEXUAL ABUSE', 'SAB'],
  ['EMOTIONAL ABUSE', 'EMO'],
  ['MULTIPLE', 'MUL'],
]);

/** One row by column name; the first of several names that the column has had. */
class Row {
  readonly #cells: ReadonlyMap<string, string>;
  readonly line: number;

  constructor(cells: ReadonlyMap<string, string>, line: number) {
    this.#cells = cells;
    this.line = line;
  }

  get(...names: string[]): Raw {
    for (const name of names) {
      const text = this.#cells.get(name.toUpperCase());
      if (text !== undefined) return text.toUpperCase() === 'NULL' ? undefined : { text, line: this.line };
    }
    return undefined;
  }

  text(...names: string[]): string {
    return this.get(...names)?.text ?? '';
  }
}

interface LegalStatus {
  status: string;
  from: string;
  to: string;
}

/** What the small tables say, by the id of the person or record. */
interface Lookups {
  disabilities: Map<string, string[]>;
  unaccompanied: Map<string, boolean>;
  families: Map<string, string>;
  factors: Map<string, string[]>;
  conferences: Map<string, string>;
  legalStatuses: Map<string, LegalStatus[]>;
  placements: Map<string, string>;
}

const push = <T>(map: Map<string, T[]>, key: string, value: T): void => {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
};

const FOREVER = '9999-12-31';

/** Factors as the dataset holds them: a list in JSON, or codes with anything between. */
const factorsOf = (text: string): string[] => text.match(/\b\d{1,2}[A-F]?\b/g) ?? [];

const lookups: Record<string, (row: Row, into: Lookups) => void> = {
  disa_disability_code: (row, into) =>
    push(into.disabilities, row.text('disa_person_id'), row.text('disa_disability_code')),
  immi_immigration_status: (row, into) => {
    if (/UASC/i.test(row.text('immi_immigration_status')))
      into.unaccompanied.set(row.text('immi_person_id'), true);
  },
  fami_family_id: (row, into) => {
    if (row.text('fami_family_id') !== '')
      into.families.set(row.text('fami_person_id'), row.text('fami_family_id'));
  },
  cinf_assessment_factors_json: (row, into) => {
    into.factors.set(row.text('cinf_assessment_id'), factorsOf(row.text('cinf_assessment_factors_json')));
  },
  icpc_s47_enquiry_id: (row, into) => {
    if (row.text('icpc_s47_enquiry_id') !== '') {
      into.conferences.set(row.text('icpc_s47_enquiry_id'), row.text('icpc_icpc_date'));
    }
  },
  lega_legal_status: (row, into) => {
    const from = calendarDay(row.text('lega_legal_status_start_date', 'lega_legal_status_start'));
    const to = calendarDay(row.text('lega_legal_status_end_date', 'lega_legal_status_end'));
    const status = row.text('lega_legal_status').slice(0, 2).toUpperCase();
    if (from !== undefined)
      push(into.legalStatuses, row.text('lega_person_id'), { status, from, to: to ?? FOREVER });
  },
  clap_cla_placement_type: (row, into) => {
    into.placements.set(row.text('clap_cla_placement_id'), row.text('clap_cla_placement_type'));
  },
};

/** The status that began last of those that held on the day; the day one status ends is the day the next begins. */
function statusOn(day: string | undefined, all: readonly LegalStatus[]): string {
  if (day === undefined) return '';
  const holding = all.filter((one) => one.from <= day && (one.to > day || one.from === day));
  return holding.sort((a, b) => (a.from < b.from ? -1 : 1)).at(-1)?.status ?? '';
}

/** A table of records: its kind, where the ids stand, and how a row's state is read; undefined refuses it. */
interface RecordTable<K extends RecordKind> {
  kind: K;
  person: string;
  id: string;
  read: (row: Row, reading: Reading, into: Lookups) => RecordState<K> | undefined;
}

const table = <K extends RecordKind>(of: RecordTable<K>): RecordTable<K> => of;

const referrals = table({
  kind: 'referral',
  person: 'cine_person_id',
  id: 'cine_referral_id',
  read: (row, reading) => {
    const date = reading.requiredDate('cine_referral_date', row.get('cine_referral_date'));
    if (date === undefined) return undefined;
    const closedOn = reading.date('cine_close_date', row.get('cine_close_date'));
    if (closedOn !== undefined && closedOn < date) reading.finding('8630');
    const source = row.get('cine_referral_source_code', 'cine_referral_source');
    const need = row.get('cine_cin_primary_need_code', 'cine_cin_primary_need');
    return stated({
      date,
      source: reading.code('cine_referral_source_code', source, referralSources),
      primaryNeed: reading.code('cine_cin_primary_need_code', need, primaryNeeds),
      noFurtherAction: reading.flag('cine_referral_nfa', row.get('cine_referral_nfa')),
      closedOn,
      closureReason: reading.code('cine_close_reason', row.get('cine_close_reason'), closureReasons),
    });
  },
});

const assessments = table({
  kind: 'assessment',
  person: 'cina_person_id',
  id: 'cina_assessment_id',
  read: (row, reading, into) => {
    const started = reading.requiredDate('cina_assessment_start_date', row.get('cina_assessment_start_date'));
    if (started === undefined) return undefined;
    const texts = into.factors.get(row.text('cina_assessment_id')) ?? [];
    const found = reading.codes(
      'cinf_assessment_factors_json',
      texts.map((text) => ({ text, line: row.line })),
      factors,
    );
    return stated({
      started,
      authorised: reading.date('cina_assessment_auth_date', row.get('cina_assessment_auth_date')),
      factors: found.length > 0 ? found : undefined,
    });
  },
});

const enquiries = table({
  kind: 'section-47',
  person: 's47e_person_id',
  id: 's47e_s47_enquiry_id',
  read: (row, reading, into) => {
    const started = reading.requiredDate('s47e_s47_start_date', row.get('s47e_s47_start_date'));
    if (started === undefined) return undefined;
    const conference = into.conferences.get(row.text('s47e_s47_enquiry_id'));
    const held = conference === undefined ? undefined : { text: conference, line: row.line };
    return stated<RecordState<'section-47'>>({
      started,
      initialConference: reading.date('icpc_icpc_date', held),
      conferenceNotRequired: undefined,
    });
  },
});

const cinPlans = table({
  kind: 'cin-plan',
  person: 'cinp_person_id',
  id: 'cinp_cin_plan_id',
  read: (row, reading) => {
    const started = reading.requiredDate('cinp_cin_plan_start_date', row.get('cinp_cin_plan_start_date'));
    if (started === undefined) return undefined;
    return stated({
      started,
      ended: reading.date('cinp_cin_plan_end_date', row.get('cinp_cin_plan_end_date')),
    });
  },
});

const cpPlans = table({
  kind: 'cp-plan',
  person: 'cppl_person_id',
  id: 'cppl_cp_plan_id',
  read: (row, reading) => {
    const started = reading.requiredDate('cppl_cp_plan_start_date', row.get('cppl_cp_plan_start_date'));
    if (started === undefined) return undefined;
    const category = (name: string) => reading.code(name, row.get(name), abuseCategories);
    return stated<RecordState<'cp-plan'>>({
      started,
      ended: reading.date('cppl_cp_plan_end_date', row.get('cppl_cp_plan_end_date')),
      initialCategory: category('cppl_cp_plan_initial_category'),
      latestCategory: category('cppl_cp_plan_latest_category'),
      previousPlans: undefined,
      heldForAnotherAuthority: reading.flag('cppl_cp_plan_ola', row.get('cppl_cp_plan_ola')),
      reviews: undefined,
    });
  },
});

const careEpisodes = table({
  kind: 'care-episode',
  person: 'clae_person_id',
  id: 'clae_cla_episode_id',
  read: (row, reading, into) => {
    const started = reading.requiredDate(
      'clae_cla_episode_start_date',
      row.get('clae_cla_episode_start_date'),
    );
    if (started === undefined) return undefined;
    const reason = row.get('clae_cla_episode_start_reason');
    const reasonStarted = reading.requiredCode('clae_cla_episode_start_reason', reason, reasonsStarted);
    if (reasonStarted === undefined) return undefined;
    const status = statusOn(started, into.legalStatuses.get(row.text('clae_person_id')) ?? []);
    const legalStatus = reading.requiredCode(
      'lega_legal_status',
      { text: status, line: row.line },
      legalStatuses,
    );
    if (legalStatus === undefined) return undefined;
    const placement = (into.placements.get(row.text('clae_cla_placement_id')) ?? '').toUpperCase();
    const ceased = row.get('clae_cla_episode_ceased_date', 'clae_cla_episode_ceased');
    return stated<RecordState<'care-episode'>>({
      started,
      reasonStarted,
      legalStatus,
      need: reading.code('clae_cla_primary_need_code', row.get('clae_cla_primary_need_code'), primaryNeeds),
      placement: codes.Placement.safeParse(placement).success ? placement : undefined,
      ended: reading.date('clae_cla_episode_ceased_date', ceased),
      reasonEnded: reading.code(
        'clae_cla_episode_ceased_reason',
        row.get('clae_cla_episode_ceased_reason'),
        reasonsEnded,
      ),
    });
  },
});

const earlyHelp = table({
  kind: 'early-help',
  person: 'earl_person_id',
  id: 'earl_episode_id',
  read: (row, reading) => {
    const started = reading.requiredDate('earl_episode_start_date', row.get('earl_episode_start_date'));
    if (started === undefined) return undefined;
    // Reasons and organisations are free text in the dataset, so they are not carried.
    return stated<RecordState<'early-help'>>({
      started,
      ended: reading.date('earl_episode_end_date', row.get('earl_episode_end_date')),
      leadPractitioner: undefined,
      endReason: undefined,
    });
  },
});

const PERSON = 'pers_person_id';
const recordTables = [referrals, assessments, enquiries, cinPlans, cpPlans, careEpisodes, earlyHelp] as const;

/** Which table of the dataset the columns (upper case) are of. */
export function datasetTableOf(columns: readonly string[]): string | undefined {
  const has = (name: string) => columns.includes(name.toUpperCase());
  const record = recordTables.find((one) => has(one.id) && has(one.person));
  if (record) return record.id;
  if (has(PERSON)) return PERSON;
  return Object.keys(lookups).find(has);
}

/** A table of the dataset, opened when its turn comes. */
export interface DatasetSource {
  file: string;
  text: () => AsyncIterable<string>;
}

const unreadable = 'cannot be read as a row of the heading: check its quotes and fields';

async function* rowsOf(source: DatasetSource, record: string, writer: ReportWriter): AsyncGenerator<Row> {
  const { rows } = await readCsv(source.text(), source.file);
  for await (const row of rows) {
    if ('cells' in row) yield new Row(row.cells, row.line);
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

async function columnsOf(source: DatasetSource): Promise<readonly string[]> {
  return (await readCsv(source.text(), source.file)).columns;
}

function stateRow<K extends RecordKind>(
  of: RecordTable<K>,
  row: Row,
  reading: Reading,
  into: Lookups,
  events: ReturnEvents,
): void {
  const localId = reading.childId(of.person, row.get(of.person));
  if (localId === undefined) return;
  const id = row.text(of.id);
  if (id === '') {
    reading.refuse('missing-field', of.id, 'is missing, so the record could not be corrected later');
    return;
  }
  const state = of.read(row, reading, into);
  if (state) events.state(events.child(localId), of.kind, `feed:${id}`, state, reading);
}

function statePerson(
  row: Row,
  reading: Reading,
  into: Lookups,
  uascKnown: boolean,
  events: ReturnEvents,
): boolean {
  const localId = reading.childId(PERSON, row.get(PERSON));
  if (localId === undefined) return false;
  const born = reading.month('pers_dob', row.get('pers_dob'));
  const expected = born ? undefined : reading.month('pers_expected_dob', row.get('pers_expected_dob'));
  const texts = into.disabilities.get(localId) ?? [];
  const disabled = reading.codes(
    'disa_disability_code',
    texts.map((text) => ({ text, line: row.line })),
    disabilities,
  );
  const family = into.families.get(localId);
  const state = stated<RecordState<'child'>>({
    birthMonth: born ?? expected,
    unborn: expected === undefined ? undefined : true,
    sex: reading.code('pers_sex', row.get('pers_sex'), sexes),
    ethnicity: reading.code('pers_ethnicity', row.get('pers_ethnicity'), ethnicities),
    disabilities: disabled.length > 0 ? disabled : undefined,
    unaccompaniedAsylumSeeker: into.unaccompanied.get(localId) ?? (uascKnown ? false : undefined),
    deathMonth: reading.month('pers_death_date', row.get('pers_death_date')),
    deprivationDecile: undefined,
    family: family === undefined ? events.family(localId) : events.conversion.pseudonyms.family(family),
  });
  events.state(events.child(localId), 'child', 'feed', state, reading);
  return true;
}

/**
 * States every record of the tables, table by table; `each` is called after every row, to hand over what was stated.
 * @returns the kinds whose tables were given, and the number of children
 */
export async function* stateDataset(
  sources: readonly DatasetSource[],
  events: ReturnEvents,
  writer: ReportWriter,
): AsyncGenerator<void, { kinds: RecordKind[]; children: number }> {
  const named: { name: string; source: DatasetSource }[] = [];
  for (const source of sources) named.push({ name: datasetTableOf(await columnsOf(source)) ?? '', source });
  const into: Lookups = {
    disabilities: new Map(),
    unaccompanied: new Map(),
    families: new Map(),
    factors: new Map(),
    conferences: new Map(),
    legalStatuses: new Map(),
    placements: new Map(),
  };
  for (const { name, source } of named) {
    const take = lookups[name];
    if (take) for await (const row of rowsOf(source, name, writer)) take(row, into);
  }
  const uascKnown = named.some(({ name }) => name === 'immi_immigration_status');
  const kinds = new Set<RecordKind>();
  let children = 0;
  for (const { name, source } of named) {
    if (name === PERSON) {
      kinds.add('child');
      for await (const row of rowsOf(source, 'child', writer)) {
        const reading = new Reading(writer, source.file, row.line, 'child');
        if (statePerson(row, reading, into, uascKnown, events)) children += 1;
        yield;
      }
      continue;
    }
    const record = recordTables.find((one) => one.id === name);
    if (!record) continue;
    kinds.add(record.kind);
    for await (const row of rowsOf(source, record.kind, writer)) {
      const reading = new Reading(writer, source.file, row.line, record.kind);
      stateRow(record as RecordTable<RecordKind>, row, reading, into, events);
      yield;
    }
  }
  return { kinds: [...kinds], children };
}
