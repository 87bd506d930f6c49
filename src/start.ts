import { CommandBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { AgentDirectory } from './projections/agent-directory/agent-directory.queries.js';
import { ProjectionRunner } from './projections/runner.js';
import { Tenants } from './projections/tenants/tenants.queries.js';
import { startSampleServer } from '../sample/server.js';
import { sampleResource } from '../sample/resource.js';
import { FirstStart } from './commands/first-start.js';
import { OperatorAgent } from './commands/agents/operator-agent.js';
import { resourceIdOf } from './commands/derived-ids.js';
import { SigningKeys } from './commands/keys/signing-keys.js';
import { ResourceCredentials } from './commands/resources/resource-credentials.js';
import { DEFAULT_TENANT } from './commands/tenants/tenant-directory.js';
import { SYSTEM } from './domain/kernel/event.js';
import { greetingOf } from './greeting.js';
import { Housekeeping } from './housekeeping.js';
import { createHub } from './hub.js';
import type { Config } from './platform/config.js';
import { openJobs } from './platform/jobs/open-jobs.js';
import { type OpenParts, openParts } from './platform/open-parts.js';
import { readOperatorFile, writeOperatorFile } from './platform/operator-file.js';

export interface RunningMandate {
  readonly greeting: string;
  readonly url: string;
  stop(): Promise<void>;
}

/** Opens the stores, finishes the first start if that is still to do, listens, and starts the sample beside it. */
export const startMandate = async (config: Config): Promise<RunningMandate> => {
  const log = pino({ level: config.log });
  const parts = await openParts(config, (problem) => log.warn(problem));
  const closing: (() => Promise<unknown>)[] = [() => parts.close()];
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).toReversed()) await close().catch((error: unknown) => log.error(error));
  };
  try {
    const app = await createHub(parts, (error, requestId) => log.error({ err: error, requestId }, 'request failed'));
    closing.push(() => app.close());
    // In the background: nothing that issues or refuses a token waits for read models.
    const runner = app.get(ProjectionRunner, { strict: false });
    void parts.readDatabase.open().then(() => runner.start((note, error) => log.warn({ err: error }, note)));
    closing.push(() => runner.stop());
    const jobs = openJobs({
      redisUrl: config.redisUrl, databaseUrl: config.databaseUrl, pool: parts.pool, now: () => parts.clock.now(),
      report: (problem, error) => log.warn({ err: error }, problem),
    });
    housekeepingOf(app, parts).scheduleOn(jobs);
    const context = { tenant: DEFAULT_TENANT, actor: SYSTEM, correlationId: 'start' };
    const sampleUrl = config.sample && `http://localhost:${config.sample.port}/mcp`;
    const { generatedPassword } = await app.get(CommandBus, { strict: false })
      .execute(new FirstStart(config.admin, sampleUrl === undefined ? undefined : registrationOf(sampleUrl)));
    // A ledger whose keys this vault does not hold belongs to another deployment, or the vault was lost: say so at once.
    await app.get(SigningKeys, { strict: false }).active(DEFAULT_TENANT, 'ES256');
    const operator = await app.get(OperatorAgent, { strict: false }).ensure(readOperatorFile(config.dataDirectory), config.publicUrl, context);
    writeOperatorFile(config.dataDirectory, operator);
    await app.listen(config.port, config.host);
    void jobs.start();
    closing.push(() => jobs.stop());
    if (config.sample && sampleUrl !== undefined) {
      const resourceId = resourceIdOf(parts.vault.crypto, DEFAULT_TENANT, sampleUrl);
      const introspection = await app.get(ResourceCredentials, { strict: false }).of(resourceId, context);
      const sample = await startSampleServer({ port: config.sample.port, host: config.host, issuer: config.publicUrl, introspection });
      closing.push(() => sample.close());
    }
    return { url: config.publicUrl, stop, greeting: greetingOf({ config, generatedPassword, sampleUrl }) };
  } catch (error) {
    await stop();
    throw error;
  }
};

const housekeepingOf = (app: NestFastifyApplication, { vault, clock }: OpenParts): Housekeeping => new Housekeeping({
  bus: app.get(CommandBus, { strict: false }), tenants: app.get(Tenants, { strict: false }), agents: app.get(AgentDirectory, { strict: false }),
  secrets: vault.secrets, clock,
});

const registrationOf = (url: string) => ({ ...sampleResource(url), tokenLifetime: 600, signingAlgorithm: 'ES256' as const });
