import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrokerFigures } from '../../bench/broker/broker-figures.js';
import type { GrowthFigures } from '../../bench/growth/growth-figures.js';
import type { Figures } from '../../bench/report.js';
import type { SoakFigures } from '../../bench/soak/soak-figures.js';
import { benchPicture, benchTable, eventStoreTable } from './bench-pages.js';
import { brokerTable } from './broker-pages.js';
import { growthPicture, growthTable } from './growth-pages.js';
import { filledIn } from './markdown.js';
import { soakPicture, soakTable } from './soak-pages.js';

interface Section<F> {
  readonly name: string;
  readonly command: string;
  readonly table: (figures: F) => string;
  readonly picture?: (figures: F) => string;
}
const bench: Section<Figures> = { name: 'bench', command: 'npm run bench', table: benchTable, picture: benchPicture };
const eventStore: Section<Figures> = { name: 'eventstore', command: 'EVENTSTORE_URL=esdb://… npm run bench', table: eventStoreTable };
const broker: Section<BrokerFigures> = { name: 'broker', command: 'node dist/bench/broker.js', table: brokerTable };
const growth: Section<GrowthFigures> = { name: 'growth', command: 'npm run growth', table: growthTable, picture: growthPicture };
const soak: Section<SoakFigures> = { name: 'soak', command: 'npm run soak', table: soakTable, picture: soakPicture };

/** docs/performance.md and its pictures as they have to be, by path: made of the figures that the benches saved. */
export const performancePages = (root: string): ReadonlyMap<string, string> => {
  const pages = new Map<string, string>();
  let page = readFileSync(join(root, 'docs/performance.md'), 'utf8');
  const fill = <F extends { readonly machine: string; readonly date: string; readonly stolen: number | undefined }>({ name, command, table, picture }: Section<F>): void => {
    const saved = join(root, `docs/figures/${name}.json`);
    if (!existsSync(saved)) return;
    const figures = JSON.parse(readFileSync(saved, 'utf8')) as F;
    const stolen = figures.stolen === undefined ? '' : `; the host took away ${(figures.stolen * 100).toFixed(1)} % of the processor time`;
    page = filledIn(page, name, `${picture ? `![${name}](figures/${name}.svg)\n\n` : ''}${table(figures)}\n\n\`${command}\` on ${figures.date}: ${figures.machine}${stolen}.`);
    if (picture) pages.set(`docs/figures/${name}.svg`, picture(figures));
  };
  fill(bench);
  fill(eventStore);
  fill(broker);
  fill(growth);
  fill(soak);
  return pages.set('docs/performance.md', page);
};
