// The route table of a Fastify app, as its router prints it.
import type { FastifyInstance } from 'fastify';

export interface Route {
  method: string;
  path: string;
}

/** Every route but HEAD, which follows GET. Call when the app is ready. */
export function routesOf(app: FastifyInstance): Route[] {
  const parts: string[] = [];
  const routes: Route[] = [];
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const found = /^((?:[│ ] {3})*)[├└]── (.*?)(?: \(([A-Z, ]+)\))?$/.exec(line);
    if (!found) continue;
    const [, indent = '', part = '', methods = ''] = found;
    const depth = indent.length / 4;
    parts.splice(depth, parts.length, part);
    const path = parts.join('');
    for (const method of methods.split(', '))
      if (method !== '' && method !== 'HEAD') routes.push({ method, path });
  }
  return routes;
}
