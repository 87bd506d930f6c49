import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Child, processors } from './child.js';
import type { GrowthFigures, SizeFigures } from './growth/growth-figures.js';
import { growthText } from './growth/growth-text.js';
import { STEPS_EACH, measureSize } from './growth/one-size.js';
import { circumstances, stolenTicks } from './machine.js';
import { Progress } from './progress.js';
import { measure } from './program.js';
import { BUSY, QUIET } from './seed/population.js';
import type { Seeded } from './seed/seed-process.js';
import { freePort } from '../test/support/free-ports.js';

const USAGE = `npm run growth -- [--json] [--save] [--events 0,100000,1000000] [--seconds 1]
What the embedded ledger costs as it grows: issuance, start, history and "as of" of one agent, read models built anew, memory, reading it whole.
With DATABASE_URL read models are built in PostgreSQL too, in a database of their own. Up to a million events it takes about fifteen minutes.
--json: one line of JSON on standard output.  --save: the same into docs/figures/growth.json.`;

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false }, save: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
    events: { type: 'string', default: '0,100000,1000000' }, seconds: { type: 'string', default: '1' },
  },
});

const run = async (): Promise<GrowthFigures> => {
  const directory = mkdtempSync(join(tmpdir(), 'mandate-growth-'));
  const port = await freePort();
  const wanted = options.events.split(',').map(Number);
  const pinned = processors();
  const databaseUrl = process.env['DATABASE_URL'] || undefined;
  const progress = new Progress(wanted.length * (STEPS_EACH + 1));
  const ticks = stolenTicks();
  const { child } = await Child.start<string>('./seed/seed-process.js', undefined, ['--directory', directory, '--url', `http://localhost:${port}`]);
  try {
    const sizes: SizeFigures[] = [];
    for (const events of wanted) {
      progress.step(`writing up to ${events.toLocaleString('en')} events`);
      const seeded = await child.ask<Seeded>(events);
      // What measuring adds stands in a copy: it would put the present into the past that is still to be written.
      const copy = `${directory}-measured`;
      cpSync(directory, copy, { recursive: true });
      const place = { directory: copy, port, processors: pinned, databaseUrl, seconds: Number(options.seconds) };
      const seededPerSecond = seeded.written > 0 ? { seededPerSecond: Math.round(seeded.written / seeded.seconds) } : {};
      sizes.push({ ...(await measureSize(place, seeded, progress).finally(() => rmSync(copy, { recursive: true, force: true }))), ...seededPerSecond });
    }
    return {
      ...circumstances(ticks), pinned: pinned !== undefined, quietEvents: QUIET, busyEvents: BUSY, sizes,
    };
  } finally {
    progress.end();
    await child.kill();
    rmSync(directory, { recursive: true, force: true });
  }
};

await measure({ usage: USAGE, name: 'growth', options, run, text: growthText });
