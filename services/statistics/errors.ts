// A question the data or the specification cannot answer: a stable code, a sentence that says what to do, the field.

/** Refusal of an estimate. `field` names the part of the specification or the column at fault. */
export class StatisticsError extends Error {
  readonly code: string;
  readonly field: string | null;

  constructor(code: string, message: string, field: string | null = null) {
    super(message);
    this.name = 'StatisticsError';
    this.code = code;
    this.field = field;
  }
}

/** Refuses with `code` unless `holds`. */
export function demand(holds: unknown, code: string, message: string, field?: string): asserts holds {
  if (!holds) throw new StatisticsError(code, message, field ?? null);
}
