import { parseArgs } from 'node:util';
import { Cell } from './cells/cell.js';
import { type Placement, place, relieve } from './cells/placement.js';
import { makeTenants, seededRandom } from './cells/tenants.js';
import { table } from './figures.js';

const USAGE = `npm run cells -- [--tenants 3000] [--agents 1000000] [--tokens 100000] [--limit 5000] [--skew 0.5] [--seed 1]
Spreads tenants over cells (docs/scale.md) and says how full the fullest gets, how many cells are needed, and what moves when one is added.
Nothing is run but arithmetic: tokens a second are the mean of a day, the limit is of one cell in its busiest hour.`;

const { values } = parseArgs({
  options: {
    tenants: { type: 'string', default: '3000' }, agents: { type: 'string', default: '1000000' }, tokens: { type: 'string', default: '100000' },
    limit: { type: 'string', default: '5000' }, skew: { type: 'string', default: '0.5' }, seed: { type: 'string', default: '1' }, help: { type: 'boolean', default: false },
  },
});
const [count, agents, tokens, limit, skew, seed] = [values.tenants, values.agents, values.tokens, values.limit, values.skew, values.seed].map(Number) as [number, number, number, number, number, number];

const whole = (n: number): string => Math.round(n).toLocaleString('en');

const run = (): string => {
  const tenants = makeTenants({ count, agents, tokens, skew, random: seededRandom(seed) });
  const largest = Math.max(...tenants.map(({ load }) => Math.max(...load)));
  const spread = (cells: number, how: Placement): readonly Cell[] => place(tenants, cells, how, seededRandom(seed + 1));
  const fullest = (cells: readonly Cell[]): number => Math.max(...cells.map((cell) => cell.peak()));
  // Not even with all the cells in the world does a tenant fit that is larger than one.
  const needed = (how: Placement): number | undefined => {
    if (largest > limit) return undefined;
    let cells = Math.max(1, Math.floor(tokens / limit));
    while (fullest(spread(cells, how)) > limit) cells += 1;
    return cells;
  };
  const least = Math.ceil(tokens / limit);
  const roomy = needed('where there is room');
  const row = (how: Placement): string[] => {
    const cells = spread(least, how);
    return [how, whole(fullest(cells)), whole(Math.max(...cells.map((cell) => cell.agents))), String(needed(how) ?? 'none are enough')];
  };
  const lines = [
    `${whole(count)} tenants, ${whole(agents)} agents, ${whole(tokens)} tokens a second in the mean of the day; the largest tenant needs ${whole(largest)} in its busiest hour.`, '',
    table([[`over ${least} cells`, 'fullest cell, tokens/s', 'most agents in one', `cells needed for ${whole(limit)}`], row('by hash'), row('where there is room')]),
  ];
  if (roomy !== undefined) {
    const hashed = [...spread(roomy, 'by hash'), new Cell()];
    const moved = relieve(hashed, limit);
    const [before, after] = [whole(fullest(spread(roomy, 'by hash'))), whole(fullest(hashed))];
    lines.push('', `Tenants that stand by hash over ${roomy} cells, and one empty cell more: moving ${whole(moved.tenants)} tenants with ${whole(moved.agents)} agents (${((moved.agents / agents) * 100).toFixed(1)} %) brings the fullest from ${before} to ${after} tokens a second.`);
  }
  return lines.join('\n');
};

console.log(values.help ? USAGE : `\n${run()}\n`);
