// Workflow code is bundled once for each state of its sources: a later start reads the bundle instead of running webpack.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** What can enter a bundle. Services are imported as types only. */
const sourceFolders = ['workflows', 'schemas'];

/** Hash of everything that a bundle is made from: the sources, and the SDK whose code is bundled with them. */
async function hashOfSources(): Promise<string> {
  const require = createRequire(import.meta.url);
  const hash = createHash('sha256').update(
    JSON.stringify(
      ['@temporalio/workflow', '@temporalio/worker'].map(
        (name) => (require(`${name}/package.json`) as { version: string }).version,
      ),
    ),
  );
  for (const folder of sourceFolders) {
    const names = (await readdir(join(root, folder), { recursive: true })).filter((name) =>
      name.endsWith('.ts'),
    );
    for (const name of names.sort()) {
      hash.update(`\0${folder}/${name}\0`).update(await readFile(join(root, folder, name)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/** Runs webpack over workflows/index.ts: seconds of work. */
export async function bundleWorkflows(workflowsPath = join(root, 'workflows', 'index.ts')): Promise<string> {
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules: [join(root, 'workflows', 'interceptors.ts')],
    logger: new DefaultLogger('WARN'),
  });
  return code;
}

/**
 * The path of a bundle of the workflows as they are now, made when there is none yet. Bundles of older sources are removed.
 * @param home the folder of Waymark's state; the bundle is kept under `cache/`
 */
export async function workflowBundle(home: string): Promise<{ codePath: string; cached: boolean }> {
  const folder = join(home, 'cache');
  const name = `workflow-bundle-${await hashOfSources()}.js`;
  const codePath = join(folder, name);
  await mkdir(folder, { recursive: true });
  const kept = (await readdir(folder)).filter((each) => each.startsWith('workflow-bundle-'));
  if (kept.includes(name)) return { codePath, cached: true };
  const draft = join(folder, `.${name}.${process.pid}`);
  await writeFile(draft, await bundleWorkflows());
  await rename(draft, codePath);
  await Promise.all(kept.map((old) => rm(join(folder, old), { force: true })));
  return { codePath, cached: false };
}
