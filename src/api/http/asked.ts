import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** As much of a request as is looked at where a token is given: Fastify's requests have it, and so have those that come in beside it. */
export interface Asked {
  readonly id: string;
  readonly ip: string;
  readonly raw: IncomingMessage;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  readonly routeOptions: { readonly url?: string | undefined };
}
