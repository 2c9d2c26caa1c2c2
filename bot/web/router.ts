/** Which handler answers a request: a table of methods and paths, whose `:parts` become parameters. */
import { Fault } from '../../config/faults.ts';
import type { Exchange } from './exchange.ts';

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Such as `/api/jobs/:id/:n.png`. */
  readonly path: string;
  /** Open to those who do not know the token. */
  readonly open?: true;
  handle(exchange: Exchange): void | Promise<void>;
}

export interface Found {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** @throws Fault `http.not_found`, `http.method` */
export type FindRoute = (method: string, path: string) => Found;

export function makeRouter(routes: readonly Route[]): FindRoute {
  const compiled = routes.map((route) => ({ route, pattern: compile(route.path) }));
  return (method, path) => {
    const wanted = method === 'HEAD' ? 'GET' : method;
    const allowed: string[] = [];
    for (const { route, pattern } of compiled) {
      const match = pattern.exec(path);
      if (match === null) continue;
      if (route.method === wanted) return { route, params: { ...match.groups } };
      allowed.push(route.method);
    }
    if (allowed.length > 0) throw new Fault('http.method', { method, path, allowed: allowed.join(', ') });
    throw new Fault('http.not_found', { path });
  };
}

/** A part of a path is letters, digits, `-`, `_` only: no dots, no slashes, nothing encoded. */
function compile(path: string): RegExp {
  const source = path.replaceAll('.', '\\.').replace(/:(\w+)/g, '(?<$1>[A-Za-z0-9_-]+)');
  return new RegExp(`^${source}$`);
}
