import { declareJobs, feedReadModels, startJobs } from './background.js';
import { drain } from './drain.js';
import { createWorker } from './hub.js';
import { readMark } from './platform/backup/restore-mark.js';
import type { StartedParts } from './started-parts.js';

/** Feeds the read models and runs the jobs of all nodes. What it listens for is questions about its health. */
export const startWorker = async (started: StartedParts): Promise<string> => {
  const { config, parts, log, closing } = started;
  if (readMark(config.dataDirectory)) throw new Error(`${config.dataDirectory} was restored from a backup. Start a hub on it first (--role all or api): it records that.`);
  const app = await createWorker(parts, (error, requestId) => log.error({ err: error, requestId }, 'request failed'));
  closing.push(() => app.close());
  feedReadModels(app, started);
  startJobs(declareJobs(app, started), started);
  await app.listen(config.port, config.host);
  closing.push(() => drain(app.getHttpServer()));
  return `\nMandate's worker is running. It answers /health/live, /health/ready and /metrics at http://${config.host}:${config.port}.\n`;
};
