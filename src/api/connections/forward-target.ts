import type { KnownConnection } from '../../domain/connection/connection.decider.js';
import type { Route } from '../../domain/connection/connection.events.js';
import { isPlainPath, routesFor } from '../../domain/connection/routes.js';
import type { RefusalCode } from '../../domain/kernel/refusal.js';

export interface ForwardTarget {
  readonly origin: string;
  readonly path: string;
  readonly query: string;
  readonly route: Route;
}

/**
 * `<host>/<path>?<query>` as the agent wrote it behind `/forward/`, or why the call is not made. The host is one of the
 * pinned origins, letter by letter, and the path can be read in one way only, so that what is looked at is what is sent.
 */
export const forwardTarget = ({ origins, routes }: KnownConnection, method: string, written: string): ForwardTarget | RefusalCode => {
  const [address = '', ...queries] = written.split('?');
  const slash = address.indexOf('/');
  const host = slash < 0 ? address : address.slice(0, slash);
  const path = slash < 0 ? '/' : address.slice(slash);
  const origin = origins.find((one) => new URL(one).host === host);
  const query = queries.join('?');
  if (origin === undefined || !isPlainPath(path) || !/^[\x21\x23-\x5b\x5d-\x7e]*$/.test(query)) return 'connection.egress_blocked';
  // The first that fits decides, as they were written down.
  const [route] = routesFor({ routes }, method, path);
  return route ? { origin, path, query, route } : 'connection.route_not_allowed';
};
