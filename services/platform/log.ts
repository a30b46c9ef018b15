// Structured logs, one JSON object a line on standard error; no child-level value but a pseudonym may enter one.
import { type Logger, pino } from 'pino';

export type { Logger };

/** A logger for one process. `component` names it (gateway, ingest…); secrets' usual fields are redacted. */
export function createLogger(component: string, level = 'info'): Logger {
  return pino(
    {
      level,
      base: { component },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: ['key', 'apiKey', 'token', 'password', 'headers.authorization', '*.apiKey'],
        censor: '[hidden]',
      },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}
