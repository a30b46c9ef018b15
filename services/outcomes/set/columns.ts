// Columns of one level of a query: an expression that several outcomes need is computed once.
export class Columns {
  readonly #names = new Map<string, string>();
  constructor(readonly prefix: string) {}

  /** The name under which the expression can be read one level up. */
  add(expression: string): string {
    const name = this.#names.get(expression) ?? `${this.prefix}${this.#names.size}`;
    this.#names.set(expression, name);
    return name;
  }

  /** `, expression as name` for each. */
  list(): string {
    return [...this.#names].map(([expression, name]) => `,\n    ${expression} as ${name}`).join('');
  }
}
