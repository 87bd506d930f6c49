import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiModule } from './api/api.module.js';
import { readBodies } from './api/http/body-parsers.js';
import { allowOrigins } from './api/http/cors.js';
import { ErrorsFilter, type ReportFailure } from './api/http/errors.filter.js';
import { routeTenant } from './api/http/tenant-route.js';
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
  const server = new FastifyAdapter({
    rewriteUrl: routeTenant, bodyLimit: MOST_BODY_BYTES, requestTimeout: MOST_TIME_TO_ARRIVE, exposeHeadRoutes: false, trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    genReqId: () => parts.vault.crypto.randomId('req_'),
  });
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.on(commands, ProjectionsModule.on(platform), platform), server, { bodyParser: false, logger: false, abortOnError: false });
  readBodies(server.getInstance() as never);
  allowOrigins(server.getInstance() as never);
  app.useGlobalFilters(new ErrorsFilter(report));
  await app.get(LiveState, { strict: false }).start();
  await app.init();
  await server.getInstance().ready();
  return app;
};
