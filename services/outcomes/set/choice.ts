// SQL that chooses by a column: one row for each outcome and horizon is made by a cross join, and picks its expressions.
// (A lateral `values` of them would be prepared anew for each participant: that took half of the engine's time.)

/** `case` over the values of a column; where all expressions are the same, that expression alone. */
export function choose<Value extends number>(
  column: string,
  values: readonly Value[],
  expression: (value: Value) => string,
): string {
  const arms = values.map((value) => [value, expression(value)] as const);
  const [first] = arms;
  if (!first || arms.every(([, sql]) => sql === first[1])) return first?.[1] ?? 'null';
  return `case ${column} ${arms.map(([value, sql]) => `when ${value} then ${sql}`).join(' ')} end`;
}

/** A relation of one column. */
export const valuesOf = (values: readonly number[], column: string): string =>
  `(values ${values.map((value) => `(${value}::smallint)`).join(', ')}) as of_${column}(${column})`;
