// The small tables of the dataset, which explain the rows of the large ones: held by the id of the person or record.
import type { DatasetRow, LegalStatus, Lookups } from './dataset-row.ts';
import { calendarDay } from './reading.ts';

const push = <T>(map: Map<string, T[]>, key: string, value: T): void => {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
};

const FOREVER = '9999-12-31';

const NOT_SO = /^(no|n|false|0|)$/i;

/**
 * Factors in each shape the dataset has given them: `["1A", "2B"]`, `{"1A": "Yes", "2B": "No"}`, or the bare codes with
 * commas or spaces between. What is in none of them comes back as it is, and is then no code.
 */
function factorsOf(text: string): string[] {
  if (/^[[{]/.test(text)) {
    try {
      const read: unknown = JSON.parse(text);
      const list = Array.isArray(read)
        ? read
        : Object.entries(read as object).flatMap(([factor, so]) => (NOT_SO.test(String(so)) ? [] : [factor]));
      return list.map((one) => String(one).trim());
    } catch {
      return [text];
    }
  }
  const words = text.split(/[,;|\s]+/).filter((word) => word !== '');
  return words.every((word) => /^\d{1,2}[A-F]?$/i.test(word)) ? words : [text];
}

export const lookups: Record<string, (row: DatasetRow, into: Lookups) => void> = {
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
  cppr_cp_review_date: (row, into) => {
    if (row.text('cppr_cp_review_date') !== '')
      push(into.reviews, row.text('cppr_cp_plan_id'), row.text('cppr_cp_review_date'));
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
export function statusOn(day: string | undefined, all: readonly LegalStatus[]): string {
  if (day === undefined) return '';
  const holding = all.filter((one) => one.from <= day && (one.to > day || one.from === day));
  return holding.sort((a, b) => (a.from < b.from ? -1 : 1)).at(-1)?.status ?? '';
}
