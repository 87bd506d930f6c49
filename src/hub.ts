import 'reflect-metadata';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiModule } from './api/api.module.js';
import { ForwardEndpoint } from './api/connections/forward-endpoint.js';
import { routeForwards } from './api/connections/forward.route.js';
import { HealthModule } from './api/health/health.module.js';
import { MetricsCollector } from './api/health/metrics-collector.js';
import { readBodies } from './api/http/body-parsers.js';
import { callerAddress } from './api/http/caller-address.js';
import { allowOrigins } from './api/http/cors.js';
import { ErrorsFilter, type ReportFailure } from './api/errors/errors.filter.js';
import { takeTogether } from './api/http/request-listener.js';
import { limitRequests } from './api/http/request-limits.js';
import { routeTenant } from './api/http/tenant-route.js';
import { openFormDoor } from './api/oauth/form-door.js';
import type { FormEndpoint } from './api/oauth/form-endpoint.js';
import { routeForms } from './api/oauth/form.routes.js';
import { IntrospectionEndpoint } from './api/oauth/introspection-endpoint.js';
import { RevocationEndpoint } from './api/oauth/revocation-endpoint.js';
import { TokenEndpoint } from './api/oauth/token-endpoint.js';
import { answerUnreadable } from './api/http/unreadable.js';
import { CommandsModule } from './commands/commands.module.js';
import { LiveState } from './commands/live-state.js';
import { ProjectionsModule, type ReadModelRole } from './projections/projections.module.js';
import { PlatformModule, type PlatformParts } from './platform/platform.module.js';

const MOST_BODY_BYTES = 262_144;
/** Milliseconds for a request to arrive whole: who sends it a byte at a time does not keep a connection for ever. */
const MOST_TIME_TO_ARRIVE = 30_000;

type Application = NestFastifyApplication;

/** The application over opened parts, following the ledger, not listening yet. With 'watch' others have to feed the read models. */
export const createHub = async (parts: PlatformParts, report: ReportFailure, readModels: ReadModelRole = 'feed'): Promise<Application> => {
  const { platform, commands, projections } = modulesOver(parts, readModels);
  const errors = new ErrorsFilter(report);
  const { app, fastify } = await make(ApiModule.on(commands, projections, platform), parts, errors);
  limitRequests(fastify);
  readBodies(fastify);
  allowOrigins(fastify);
  const endpoints = [TokenEndpoint, IntrospectionEndpoint, RevocationEndpoint].map((one) => app.get<FormEndpoint>(one, { strict: false }));
  routeForms(fastify, endpoints, errors);
  const metrics = app.get(MetricsCollector, { strict: false });
  openFormDoor(fastify, {
    endpoints, errors, addressOf: callerAddress(parts.settings.trustedProxies),
    newRequestId: requestIds(parts), answered: (path, form, status) => metrics.formAnswered(path, form, status),
  });
  takeTogether(fastify.server);
  routeForwards(fastify, app.get(ForwardEndpoint, { strict: false }), errors);
  return begin(app);
};

/** What works behind the hubs: it feeds and keeps house, and tells how it is. No path of it gives anything to anybody. */
export const createWorker = async (parts: PlatformParts, report: ReportFailure): Promise<Application> => {
  const { platform, commands, projections } = modulesOver(parts, 'feed');
  const { app, fastify } = await make(HealthModule.on(commands, projections, platform), parts, new ErrorsFilter(report));
  limitRequests(fastify);
  return begin(app);
};

const modulesOver = (parts: PlatformParts, readModels: ReadModelRole) => {
  const platform = PlatformModule.of(parts);
  return { platform, commands: CommandsModule.on(platform), projections: ProjectionsModule.on(platform, readModels) };
};

const requestIds = ({ vault }: PlatformParts) => (): string => vault.crypto.randomId('req_');

const make = async (root: DynamicModule, parts: PlatformParts, errors: ErrorsFilter): Promise<{ app: Application; fastify: FastifyInstance }> => {
  const { trustedProxies } = parts.settings;
  const server = new FastifyAdapter({
    rewriteUrl: routeTenant, bodyLimit: MOST_BODY_BYTES, requestTimeout: MOST_TIME_TO_ARRIVE, exposeHeadRoutes: false, trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    // No middleware of Nest's is used; what looks for it on every request is left out.
    skipMiddie: true,
    // What still arrives while it closes is answered by whoever it is for, with a Retry-After where there is nothing to give.
    return503OnClosing: false,
    genReqId: requestIds(parts), clientErrorHandler: answerUnreadable,
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => errors.answer(error, request, reply),
  });
  const app = await NestFactory.create<Application>(root, server, { bodyParser: false, logger: false, abortOnError: false });
  app.useGlobalFilters(errors);
  return { app, fastify: server.getInstance<FastifyInstance>() };
};

const begin = async (app: Application): Promise<Application> => {
  await app.get(LiveState, { strict: false }).start();
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
};
