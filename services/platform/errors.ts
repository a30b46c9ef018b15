// An error a user can cause carries a stable code, a sentence that says what to do, and where it happened.

/** Where in the user's input an error lies: a file, a line (from 1), a field path such as `data.state.date`. */
export interface ErrorPlace {
  file?: string;
  line?: number;
  field?: string;
}

/** What `--json` prints for a failed command. */
export interface ErrorReport extends ErrorPlace {
  code: string;
  message: string;
}

/**
 * A failure the user can mend. `code` is kebab-case and stable; `message` is one sentence that says what to do.
 * `exitCode` is 2 for bad input or a missing prerequisite (the default), 1 for a part that failed at run time.
 */
export class UserError extends Error {
  readonly code: string;
  readonly place: ErrorPlace;
  readonly exitCode: number;

  constructor(code: string, message: string, place: ErrorPlace = {}, exitCode = 2) {
    super(message);
    this.name = 'UserError';
    this.code = code;
    this.place = place;
    this.exitCode = exitCode;
  }

  report(): ErrorReport {
    return { code: this.code, message: this.message, ...this.place };
  }
}

/** Stops the process on a state that nobody can cause: a bug, never bad input. */
export function invariant(holds: unknown, what: string): asserts holds {
  if (!holds) throw new Error(`invariant broken: ${what}`);
}
