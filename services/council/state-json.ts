// The JSON of a record's state, as JSON.stringify gives it. Its values are days, months, codes, pseudonyms, numbers and
// flags, none of which JSON writes differently, so they are put between quotes as they are: a third of the time.

/** A state whose fields that may be missing may also be undefined. */
export type Loose<T> = { [F in keyof T]: Record<never, never> extends Pick<T, F> ? T[F] | undefined : T[F] };

/** What stands before a value: the name of its field, after the brace or a comma. The schemas have some fifty names. */
interface Lead {
  first: string;
  later: string;
}
const leads = new Map<string, Lead>();

function leadOf(name: string): Lead {
  let lead = leads.get(name);
  if (!lead) {
    lead = { first: `{"${name}":`, later: `,"${name}":` };
    leads.set(name, lead);
  }
  return lead;
}

function valueJson(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`;
  if (!Array.isArray(value)) return String(value);
  return value.length === 0 ? '[]' : `["${value.join('","')}"]`;
}

/** Fields that are undefined are left out. */
export function stateJson(state: object): string {
  let json = '';
  for (const name in state) {
    const value: unknown = (state as Record<string, unknown>)[name];
    if (value === undefined) continue;
    const lead = leadOf(name);
    json += json === '' ? lead.first : lead.later;
    json += valueJson(value);
  }
  return json === '' ? '{}' : `${json}}`;
}

/** The state without its undefined fields: what a strict schema wants. */
export function withoutUndefined(state: object): object {
  const whole: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(state)) if (value !== undefined) whole[name] = value;
  return whole;
}
