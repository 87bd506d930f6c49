import { CommandBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { sampleResource } from '../sample/resource.js';
import { declareJobs, feedReadModels, startJobs } from './background.js';
import { OperatorAgent } from './commands/agents/operator-agent.js';
import type { CommandContext } from './commands/command-context.js';
import { resourceIdOf } from './commands/derived-ids.js';
import { DeploymentState } from './commands/deployment/deployment-state.js';
import { RecordRestore } from './commands/deployment/record-restore.js';
import { FirstStart } from './commands/first-start.js';
import { RotateSigningKeys } from './commands/keys/rotate-signing-keys.js';
import { SigningKeys } from './commands/keys/signing-keys.js';
import { ResourceCredentials } from './commands/resources/resource-credentials.js';
import { DEFAULT_TENANT } from './commands/tenants/tenant-directory.js';
import { activeKey } from './domain/key/key.decider.js';
import { SYSTEM } from './domain/kernel/event.js';
import { drain } from './drain.js';
import { greetingOf } from './greeting.js';
import { createHub } from './hub.js';
import { readMark, removeMark } from './platform/backup/restore-mark.js';
import { operatorIn } from './platform/operator-credentials.js';
import { ProjectionWatch } from './projections/feeding/watch.js';
import type { StartedParts } from './started-parts.js';

const CONTEXT: CommandContext = { tenant: DEFAULT_TENANT, actor: SYSTEM, correlationId: 'start' };

/** Finishes the first start if that is still to do, listens, and starts the sample beside it. Alone, it is the worker too. */
export const startHub = async (started: StartedParts): Promise<string> => {
  const { config, parts, log, closing } = started;
  const isAlone = config.role === 'all';
  const app = await createHub(parts, (error, requestId) => log.error({ err: error, requestId }, 'request failed'), isAlone ? 'feed' : 'watch');
  closing.push(() => app.close());
  if (isAlone) feedReadModels(app, started);
  else watchReadModels(app, started);
  const jobs = isAlone ? declareJobs(app, started) : undefined;
  const sampleUrl = config.sample && `http://localhost:${config.sample.port}/mcp`;
  // Of nodes that start at once, the second finds done what the first has done.
  const generatedPassword = await parts.vault.alone(() => firstStart(app, started, sampleUrl));
  // A ledger whose keys this vault does not hold belongs to another deployment, or the vault was lost: say so at once.
  await app.get(SigningKeys, { strict: false }).active(DEFAULT_TENANT, 'ES256');
  await app.listen(config.port, config.host);
  closing.push(() => drain(app.getHttpServer()));
  if (jobs) startJobs(jobs, started);
  if (sampleUrl !== undefined) await startSample(app, started, sampleUrl);
  return greetingOf({ config, generatedPassword, sampleUrl });
};

const watchReadModels = (app: NestFastifyApplication, { closing }: StartedParts): void => {
  const watch = app.get(ProjectionWatch, { strict: false });
  watch.start();
  closing.push(() => watch.stop());
};

/** Gives the administrator's password when it was made just now. */
const firstStart = async (app: NestFastifyApplication, { config, parts, log }: StartedParts, sampleUrl: string | undefined): Promise<string | undefined> => {
  await recordRestore(app, config.dataDirectory, log);
  const sample = sampleUrl === undefined ? undefined : { ...sampleResource(sampleUrl), tokenLifetime: 600, signingAlgorithm: 'ES256' as const };
  const { generatedPassword } = await app.get(CommandBus, { strict: false }).execute(new FirstStart(config.admin, sample));
  await finishRevocation(app);
  const operator = operatorIn(config, parts.vault.secrets);
  await operator.keep(await app.get(OperatorAgent, { strict: false }).ensure(await operator.read(), config.publicUrl, CONTEXT));
  return generatedPassword;
};

/** A hub that died when its last key had been revoked has none that signs. With one nothing is touched: the vault may be a wrong one. */
const finishRevocation = async (app: NestFastifyApplication): Promise<void> => {
  const keys = await app.get(SigningKeys, { strict: false }).all(DEFAULT_TENANT);
  if (!activeKey(keys, 'ES256')) await app.get(CommandBus, { strict: false }).execute(new RotateSigningKeys(['ES256', 'RS256'], false, CONTEXT));
};

/** The first thing that a restored hub does. It forgets that it has to only when the ledger has it. */
const recordRestore = async (app: NestFastifyApplication, directory: string, log: StartedParts['log']): Promise<void> => {
  const mark = readMark(directory);
  if (!mark) return;
  const { restoreId, backupId, takenAt, through, events, ledgerDigest, sessions, firstEventId } = mark;
  await app.get(CommandBus, { strict: false }).execute(new RecordRestore({ restoreId, backupId, takenAt, through, events, ledgerDigest, sessions, firstEventId }, CONTEXT));
  removeMark(directory);
  const problem = app.get(DeploymentState, { strict: false }).problem();
  if (problem !== undefined) log.warn({ restoreId }, problem);
};

const startSample = async (app: NestFastifyApplication, { config, parts, closing }: StartedParts, sampleUrl: string): Promise<void> => {
  const resourceId = resourceIdOf(parts.vault.crypto, DEFAULT_TENANT, sampleUrl);
  const introspection = await app.get(ResourceCredentials, { strict: false }).of(resourceId, CONTEXT);
  // With the MCP SDK it weighs as much as a tenth of the hub, and in production it is off.
  const { startSampleServer } = await import('../sample/server.js');
  const sample = await startSampleServer({ port: config.sample!.port, host: config.host, issuer: config.publicUrl, introspection });
  closing.push(() => sample.close());
};
