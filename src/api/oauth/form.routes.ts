import type { FastifyInstance } from 'fastify';
import type { ErrorAnswers } from '../http/error-answers.js';
import type { FormEndpoint } from './form-endpoint.js';

/**
 * The routes that Nest does not route, since they are the hottest: its router and hooks cost a twelfth of a token.
 * Register them after the rules for bodies and origins, which hold here too, and before Nest adds its own.
 */
export const routeForms = (server: FastifyInstance, endpoints: readonly FormEndpoint[], errors: ErrorAnswers): void => {
  void server.register(async (context) => {
    context.setErrorHandler((error, request, reply) => errors.answer(error, request, reply));
    for (const endpoint of endpoints)
      context.post(endpoint.path, async (request, reply) => {
        const { status, headers, body } = await endpoint.answer(request);
        // Of an empty text it would say that it is plain text.
        return reply.code(status).headers(headers).send(body === '' ? undefined : body);
      });
  });
};
