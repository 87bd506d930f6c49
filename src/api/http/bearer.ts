import type { FastifyRequest } from 'fastify';

/** RFC 6750 section 2.1. A token in a query ends up in logs and is not looked at (IR-09). */
const BEARER = /^Bearer ([A-Za-z0-9\-._~+/]+=*)$/i;

/** The access token of the Authorization header, whatever it is worth. */
export const bearerToken = ({ headers }: FastifyRequest): string | undefined => BEARER.exec(headers.authorization ?? '')?.[1];
