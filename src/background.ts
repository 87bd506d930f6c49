import { CommandBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Jobs } from './domain/ports/jobs.js';
import { Metrics } from './domain/ports/metrics.js';
import { Housekeeping } from './housekeeping.js';
import { openJobs } from './platform/jobs/open-jobs.js';
import { AgentDirectory } from './projections/agent-directory/agent-directory.queries.js';
import { Approvals } from './projections/approvals/approvals.queries.js';
import { Credentials } from './projections/credentials/credentials.queries.js';
import { ProjectionRunner } from './projections/feeding/runner.js';
import { Tenants } from './projections/tenants/tenants.queries.js';
import type { StartedParts } from './started-parts.js';

/** In the background: nothing that issues or refuses a token waits for read models. */
export const feedReadModels = (app: NestFastifyApplication, { parts, log, closing }: StartedParts): void => {
  const runner = app.get(ProjectionRunner, { strict: false });
  void parts.readDatabase.open().then(() => runner.start((note, error) => log.warn({ err: error }, note)));
  closing.push(() => runner.stop());
};

/** The jobs, declared and not started: that is for when there is something to keep in order. */
export const declareJobs = (app: NestFastifyApplication, { config: { redisUrl, databaseUrl }, parts: { pool, clock, vault }, log }: StartedParts): Jobs => {
  const jobs = openJobs({ redisUrl, databaseUrl, pool, now: () => clock.now(), report: (problem, error) => log.warn({ err: error }, problem) });
  new Housekeeping({
    bus: app.get(CommandBus, { strict: false }), tenants: app.get(Tenants, { strict: false }), agents: app.get(AgentDirectory, { strict: false }),
    credentials: app.get(Credentials, { strict: false }), approvals: app.get(Approvals, { strict: false }),
    secrets: vault.secrets, clock,
  }).scheduleOn(jobs);
  app.get(Metrics, { strict: false }).watch('jobs_running', () => (jobs.status().state === 'running' ? 1 : 0));
  return jobs;
};

/** They try to reach their store for as long as that takes; nobody waits for it. */
export const startJobs = (jobs: Jobs, { closing }: StartedParts): void => {
  void jobs.start();
  closing.push(() => jobs.stop());
};
