import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Child } from './child.js';
import { circumstances, stolenTicks } from './machine.js';
import { Progress } from './progress.js';
import { measure } from './program.js';
import { freePort } from '../test/support/free-ports.js';
import type { MandateReady } from './servers/mandate-server.js';
import { RunningHub } from './servers/running-hub.js';
import { administrate } from './soak/administration.js';
import { MixedLoad } from './soak/mixed-load.js';
import { type SoakFigures, isGood, soakText, verdictsOn } from './soak/soak-figures.js';
import { Watch } from './soak/watch.js';

const USAGE = `npm run soak -- [--minutes 30] [--rate 400] [--json] [--save]
Mixed load at a steady pace (code, refresh, client_credentials, introspection, revocation, suspension and resume, registration) on the hub as
npm start runs it. Ends with a table and a verdict: memory and latency do not grow after the warm-up, and no answer was wrong; else it exits with 1.
--rate: operations a second, at most.  --json: one line of JSON on standard output.  --save: the same into docs/figures/soak.json.`;

const WINDOWS = 30;
const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false }, save: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '30' }, rate: { type: 'string', default: '400' },
  },
});

/** Clients, people and sessions are made by another process on the same stores, which then goes away. */
const prepare = async (directory: string, port: number): Promise<MandateReady> => {
  const { child, ready } = await Child.start<MandateReady>('./servers/mandate-server.js', undefined, ['--directory', directory, '--port', String(port)]);
  await child.kill('SIGTERM');
  return ready;
};

const run = async (): Promise<SoakFigures> => {
  const [minutes, perSecond] = [Number(options.minutes), Number(options.rate)];
  const windowSeconds = (minutes * 60) / WINDOWS;
  const directory = mkdtempSync(join(tmpdir(), 'mandate-soak-'));
  const port = await freePort();
  const server = await prepare(directory, port);
  const { hub } = await RunningHub.start(directory, port);
  const progress = new Progress();
  const ticks = stolenTicks();
  try {
    const load = new MixedLoad(server, perSecond);
    let over = false;
    const working = Promise.all([load.run(), administrate(hub, server, load, () => over)]);
    const windows = await new Watch(hub, load).run(WINDOWS, windowSeconds, (share) => progress.at(share, `${load.errors.length} errors`));
    over = true;
    load.stop();
    await working;
    return {
      ...circumstances(ticks), minutes, windowSeconds, perSecond,
      windows, done: load.done, errors: load.errors, verdicts: verdictsOn(windows),
    };
  } finally {
    progress.end();
    await hub.stop();
    rmSync(directory, { recursive: true, force: true });
  }
};

const figures = await measure({ usage: USAGE, name: 'soak', options, run, text: soakText });
if (figures && !isGood(figures)) process.exitCode = 1;
