// Unit costs from a file, or a refusal that names the field.
import { parse } from 'yaml';
import { UnitCosts } from '../../../schemas/analysis.ts';
import { readText } from '../../evaluations/evaluate/input-files.ts';
import { UserError } from '../../platform/errors.ts';

/** @throws UserError `unreadable-file`, or `bad-costs` naming the field */
export async function readUnitCosts(file: string): Promise<UnitCosts> {
  const text = await readText(file);
  let given: unknown;
  try {
    given = parse(text);
  } catch (error) {
    throw new UserError('bad-costs', `The unit costs are not YAML: ${(error as Error).message}.`, { file });
  }
  const parsed = UnitCosts.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = (issue?.path ?? []).join('.');
  throw new UserError('bad-costs', `The unit costs’ ${field || 'file'}: ${issue?.message}.`, { file, field });
}
