import type { IncomingMessage } from 'node:http';

const SLUG = Symbol('tenant slug');
type Marked = IncomingMessage & { [SLUG]?: string };

const PREFIXED = /^\/t\/([a-z0-9-]{1,40})(\/[^?]*)?(\?.*)?$/;
const WELL_KNOWN_INSERTED = /^(\/\.well-known\/[a-z-]+)\/t\/([a-z0-9-]{1,40})(\/[^?]*)?(\?.*)?$/;

/**
 * Takes the tenant out of the path before routing, so that every route exists once: `/t/acme/token` becomes `/token` of
 * tenant acme, and so do RFC 8414's inserted and OIDC's appended well-known forms.
 */
export const routeTenant = (request: IncomingMessage): string => {
  const url = request.url ?? '/';
  const inserted = WELL_KNOWN_INSERTED.exec(url);
  if (inserted) {
    (request as Marked)[SLUG] = inserted[2]!;
    return `${inserted[1]}${inserted[3] ?? ''}${inserted[4] ?? ''}`;
  }
  const prefixed = PREFIXED.exec(url);
  if (!prefixed) return url;
  (request as Marked)[SLUG] = prefixed[1]!;
  return `${prefixed[2] ?? '/'}${prefixed[3] ?? ''}`;
};

export const tenantSlugOf = (request: IncomingMessage): string | undefined => (request as Marked)[SLUG];
