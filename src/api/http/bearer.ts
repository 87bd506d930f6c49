import type { FastifyRequest } from 'fastify';

/** RFC 6750 section 2.1. A token in a query ends up in logs and is not looked at (IR-09). */
const BEARER = /^Bearer ([A-Za-z0-9\-._~+/]+=*)$/i;

/** The access token of the Authorization header, whatever it is worth. */
export const bearerToken = ({ headers }: FastifyRequest): string | undefined => BEARER.exec(headers.authorization ?? '')?.[1];

/** Where a resource says what tokens it takes (RFC 9728 section 3.1): the well-known part goes between host and path, so a tenant's path stays behind it. */
export const resourceMetadataUrl = (resource: string): string => {
  const { origin, pathname } = new URL(resource);
  return `${origin}/.well-known/oauth-protected-resource${pathname}`;
};
