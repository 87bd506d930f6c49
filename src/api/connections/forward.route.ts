import type { FastifyInstance } from 'fastify';
import type { ErrorAnswers } from '../http/error-answers.js';
import type { ForwardEndpoint } from './forward-endpoint.js';

const MOST_BYTES = 10_485_760;

/**
 * Calls of services have every method and every kind of body, and none is read here: they pass through. So this route has
 * parsers of its own, in a context of its own; everywhere else the rules for bodies hold.
 */
export const routeForwards = (server: FastifyInstance, endpoint: ForwardEndpoint, errors: ErrorAnswers): void => {
  void server.register(async (context) => {
    context.removeAllContentTypeParsers();
    context.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    context.setErrorHandler((error, request, reply) => errors.answer(error, request, reply));
    context.all('/connections/:name/forward/*', { bodyLimit: MOST_BYTES }, async (request, reply) => {
      await endpoint.forward(request, reply);
      // The answer may only have begun.
      return reply;
    });
  });
};
