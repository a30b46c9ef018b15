// The columns of the downloaded table: their order in it, and what each means, for people and (as CSV on the Web) for programs.
// Source of the metadata's form: W3C, Metadata Vocabulary for Tabular Data (2015).
export interface Column {
  name: string;
  datatype: 'string' | 'integer' | 'decimal' | 'date' | 'dateTime';
  means: string;
}

/** Markers of the Government Statistical Service: [c] hidden to protect people, [x] not available (here: not yet). */
export const HIDDEN = '[c]';
export const NOT_YET = '[x]';

const column = (name: string, datatype: Column['datatype'], means: string): Column => ({
  name,
  datatype,
  means,
});

export const columns: readonly Column[] = [
  column('evaluation', 'string', 'Short name of the evaluation, as in its address'),
  column('data_source', 'string', 'What the records are: simulated, sample or real'),
  column('outcome', 'string', 'Name of the outcome’s definition'),
  column('outcome_title', 'string', 'The outcome in words'),
  column('horizon_months', 'integer', 'Months of follow-up from the index record'),
  column('arm', 'string', 'trial or comparison'),
  column('arm_name', 'string', 'The arm as the protocol names it'),
  column('enrolled', 'integer', 'Children in the arm'),
  column('not_at_risk', 'integer', 'Of them, those who could not have the outcome'),
  column('pending', 'integer', 'Of those at risk, those whose state at the horizon is not known yet'),
  column(
    'matured',
    'integer',
    'Of those at risk, those whose state is known: events, no events and censored together',
  ),
  column('events', 'integer', 'Of the matured, those with the outcome within the horizon'),
  column('no_events', 'integer', 'Of the matured, those without'),
  column(
    'censored',
    'integer',
    'Of the matured, those whose follow-up ended before, as at an 18th birthday or a move away',
  ),
  column('risk', 'decimal', 'Events over matured, from 0 to 1'),
  column('risk_difference', 'decimal', 'Risk of the trial arm less that of the comparison, unadjusted'),
  column('risk_difference_lower_95', 'decimal', 'Lower end of its 95% interval'),
  column('risk_difference_upper_95', 'decimal', 'Upper end of its 95% interval'),
  column('complete_through', 'date', 'Last day up to which every council’s records are complete'),
  column('computed_at', 'dateTime', 'When these numbers were worked out'),
  column('protocol_hash', 'string', 'SHA-256 of the locked plan'),
  column('deviations', 'string', 'Changes to the plan after it was locked, with day and reason'),
];

/** Metadata of the table at `url`, an address beside the metadata's own. */
export const tableMetadata = (url: string) => ({
  '@context': ['http://www.w3.org/ns/csvw', { '@language': 'en' }],
  url,
  dialect: { lineTerminators: ['\r\n'], header: true },
  tableSchema: {
    columns: columns.map(({ name, datatype, means }) => ({
      name,
      titles: name,
      'dc:description': means,
      datatype,
      null: [HIDDEN, NOT_YET, ''],
    })),
  },
});
