import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiModule } from './api/api.module.js';
import { readBodies } from './api/http/body-parsers.js';
import { allowOrigins } from './api/http/cors.js';
import { ErrorsFilter, type ReportFailure } from './api/http/errors.filter.js';
import { limitRequests } from './api/http/request-limits.js';
import { routeTenant } from './api/http/tenant-route.js';
import { TokenEndpoint } from './api/oauth/token-endpoint.js';
import { routeTokens } from './api/oauth/token.route.js';
import { answerUnreadable } from './api/http/unreadable.js';
import { CommandsModule } from './commands/commands.module.js';
import { LiveState } from './commands/live-state.js';
import { ProjectionsModule } from './projections/projections.module.js';
import { PlatformModule, type PlatformParts } from './platform/platform.module.js';

const MOST_BODY_BYTES = 262_144;
/** Milliseconds for a request to arrive whole: who sends it a byte at a time does not keep a connection for ever. */
const MOST_TIME_TO_ARRIVE = 30_000;

/** The application over opened parts, following the ledger, not listening yet. */
export const createHub = async (parts: PlatformParts, report: ReportFailure): Promise<NestFastifyApplication> => {
  const platform = PlatformModule.of(parts);
  const commands = CommandsModule.on(platform);
  const { trustedProxies } = parts.settings;
  const errors = new ErrorsFilter(report);
  const server = new FastifyAdapter({
    rewriteUrl: routeTenant, bodyLimit: MOST_BODY_BYTES, requestTimeout: MOST_TIME_TO_ARRIVE, exposeHeadRoutes: false, trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    // No middleware of Nest's is used; what looks for it on every request is left out.
    skipMiddie: true,
    genReqId: () => parts.vault.crypto.randomId('req_'), clientErrorHandler: answerUnreadable,
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => errors.answer(error, request, reply),
  });
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.on(commands, ProjectionsModule.on(platform), platform), server, { bodyParser: false, logger: false, abortOnError: false });
  const fastify = server.getInstance<FastifyInstance>();
  limitRequests(fastify);
  readBodies(fastify);
  allowOrigins(fastify);
  routeTokens(fastify, app.get(TokenEndpoint, { strict: false }), errors);
  app.useGlobalFilters(errors);
  await app.get(LiveState, { strict: false }).start();
  await app.init();
  await fastify.ready();
  return app;
};
