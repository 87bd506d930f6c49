import { Cell } from './cell.js';
import type { Tenant } from './tenants.js';

export type Placement = 'by hash' | 'where there is room';

/** Where each tenant lives. By hash nobody has to remember it; where there is room means a map from tenant to cell. */
export const place = (tenants: readonly Tenant[], count: number, how: Placement, random: () => number): readonly Cell[] => {
  const cells = Array.from({ length: count }, () => new Cell());
  for (const tenant of tenants) {
    // A good hash is as good as chance.
    const chosen = how === 'by hash' ? cells[Math.floor(random() * count)]! : cells.reduce((best, cell) => (cell.peak(tenant) < best.peak(tenant) ? cell : best));
    chosen.add(tenant);
  }
  return cells;
};

export interface Moved {
  readonly tenants: number;
  readonly agents: number;
}

/** Moves tenants out of cells beyond `most` tokens a second, the smallest that helps first, into whichever has most room. */
export const relieve = (cells: readonly Cell[], most: number): Moved => {
  let [tenants, agents] = [0, 0];
  for (const cell of cells) {
    while (cell.peak() > most && cell.tenants.size > 1) {
      const over = cell.peak() - most;
      const peakOf = (tenant: Tenant): number => Math.max(...tenant.load);
      const bySize = [...cell.tenants].sort((a, b) => peakOf(a) - peakOf(b));
      const leaving = bySize.find((tenant) => peakOf(tenant) >= over) ?? bySize.at(-1)!;
      const target = cells.reduce((best, other) => (other !== cell && (best === cell || other.peak(leaving) < best.peak(leaving)) ? other : best), cell);
      if (target === cell || target.peak(leaving) > most) break;
      cell.remove(leaving);
      target.add(leaving);
      tenants += 1;
      agents += leaving.agents;
    }
  }
  return { tenants, agents };
};
