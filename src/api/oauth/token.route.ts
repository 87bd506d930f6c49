import type { FastifyInstance } from 'fastify';
import type { ErrorsFilter } from '../http/errors.filter.js';
import type { TokenEndpoint } from './token-endpoint.js';

/**
 * `POST /token` is the hottest route and the one that Nest does not route: its router and hooks cost a twelfth of a token.
 * Register it after the rules for bodies and origins, which hold here too, and before Nest adds its own.
 */
export const routeTokens = (server: FastifyInstance, endpoint: TokenEndpoint, errors: ErrorsFilter): void => {
  void server.register(async (context) => {
    context.setErrorHandler((error, request, reply) => errors.answer(error, request, reply));
    context.post('/token', async (request, reply) => {
      const { status, headers, body } = await endpoint.token(request);
      return reply.code(status).headers(headers).send(body);
    });
  });
};
