// The JSON of a record's state, as JSON.stringify gives it. Its values are days, months, codes, pseudonyms, numbers and
// flags, none of which JSON writes differently, so they are put between quotes as they are: a third of the time.

/** A state whose fields that may be missing may also be undefined. */
export type Loose<T> = { [F in keyof T]: Record<never, never> extends Pick<T, F> ? T[F] | undefined : T[F] };

/**
 * What stands between two values, by the name of the second's field and whether each is a text, in quotes: joining few
 * pieces is what counts. The schemas have some fifty names.
 */
interface Lead {
  /** After the brace. */
  first: string;
  firstText: string;
  /** After a value that is no text. */
  later: string;
  laterText: string;
  /** After a text. */
  afterText: string;
  textAfterText: string;
}
const leads = new Map<string, Lead>();

function leadOf(name: string): Lead {
  let lead = leads.get(name);
  if (!lead) {
    lead = {
      first: `{"${name}":`,
      firstText: `{"${name}":"`,
      later: `,"${name}":`,
      laterText: `,"${name}":"`,
      afterText: `","${name}":`,
      textAfterText: `","${name}":"`,
    };
    leads.set(name, lead);
  }
  return lead;
}

function otherJson(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  return value.length === 0 ? '[]' : `["${value.join('","')}"]`;
}

/** Fields that are undefined are left out. */
export function stateJson(state: object): string {
  let json = '';
  let afterText = false;
  for (const name in state) {
    const value: unknown = (state as Record<string, unknown>)[name];
    if (value === undefined) continue;
    const lead = leadOf(name);
    if (typeof value === 'string') {
      json += json === '' ? lead.firstText : afterText ? lead.textAfterText : lead.laterText;
      json += value;
      afterText = true;
    } else {
      json += json === '' ? lead.first : afterText ? lead.afterText : lead.later;
      json += otherJson(value);
      afterText = false;
    }
  }
  return json === '' ? '{}' : json + (afterText ? '"}' : '}');
}

/** The state without its undefined fields: what a strict schema wants. */
export function withoutUndefined(state: object): object {
  const whole: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(state)) if (value !== undefined) whole[name] = value;
  return whole;
}
