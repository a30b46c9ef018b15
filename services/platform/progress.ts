// Long work tells what it is doing through one function, so that a terminal, a log and a test can each listen.

/** One step of long work. `done` and `total` are in `unit`s (bytes, events…) when the work is countable. */
export interface ProgressStep {
  stage: string;
  message: string;
  done?: number;
  total?: number;
  unit?: string;
}

export type Progress = (step: ProgressStep) => void;

export const silent: Progress = () => {};

const percent = (step: ProgressStep): string => {
  if (step.done === undefined) return '';
  const count = step.done.toLocaleString('en-GB');
  if (!step.total) return ` ${count}${step.unit ? ` ${step.unit}` : ''}`;
  const share = Math.floor((100 * step.done) / step.total);
  return ` ${count} of ${step.total.toLocaleString('en-GB')}${step.unit ? ` ${step.unit}` : ''} (${share}%)`;
};

/**
 * Writes steps to a terminal (one line redrawn a stage) or, where there is none, a plain line when the
 * message changes. Always to standard error, so that `--json` output stays clean.
 */
export function terminalProgress(out: NodeJS.WriteStream = process.stderr): Progress {
  let last = '';
  let lastStage = '';
  return (step) => {
    const line = `${step.stage.padEnd(12)} ${step.message}${percent(step)}`;
    if (out.isTTY) {
      if (lastStage !== '' && lastStage !== step.stage) out.write('\n');
      out.write(`\r\u001b[2K${line.slice(0, (out.columns ?? 100) - 1)}`);
    } else if (last !== `${step.stage}${step.message}`) {
      out.write(`${line}\n`);
    }
    last = `${step.stage}${step.message}`;
    lastStage = step.stage;
  };
}
