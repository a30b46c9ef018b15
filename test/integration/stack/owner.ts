// A process that owns a stack and handles no signal: `owner.ts HOME CACHE [ADDRESSES-GIVEN-AS-JSON]`. Prints one JSON line.
import { up } from '../../../infra/local/index.ts';
import { UserError } from '../../../services/platform/errors.ts';
import { silent } from '../../../services/platform/progress.ts';

const [, , home = '', cacheDir = '', given = '{}'] = process.argv;
try {
  const stack = await up({ home, cacheDir, given: JSON.parse(given), progress: silent });
  console.log(JSON.stringify(stack.addresses));
  console.error(await stack.failed);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.log(JSON.stringify(error.report()));
  process.exit(error.exitCode);
}
