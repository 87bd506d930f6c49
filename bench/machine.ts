import { readFileSync } from 'node:fs';
import { arch, cpus, platform, totalmem } from 'node:os';
import { rounded } from './figures.js';

export const machineDescription = (): string => {
  const all = cpus();
  return `${all[0]?.model.trim() ?? 'unknown processor'} x ${all.length}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${arch()}, Node ${process.version}`;
};

/** Processor time so far that the host gave to other machines (steal), and all of it, in ticks; undefined outside Linux. */
export const stolenTicks = (): { readonly stolen: number; readonly all: number } | undefined => {
  try {
    const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
    const ticks = first.split(/\s+/).slice(1).map(Number);
    return { stolen: ticks[7] ?? 0, all: ticks.slice(0, 8).reduce((sum, n) => sum + n, 0) };
  } catch {
    return undefined;
  }
};

type Ticks = ReturnType<typeof stolenTicks>;
export const stolenShare = (before: Ticks, after: Ticks): number | undefined =>
  before && after && after.all > before.all ? (after.stolen - before.stolen) / (after.all - before.all) : undefined;

/** Where and when something was measured that began at these ticks, and what the host took away meanwhile. */
export const circumstances = (before: Ticks): { readonly machine: string; readonly date: string; readonly stolen: number | undefined } => {
  const stolen = stolenShare(before, stolenTicks());
  return { machine: machineDescription(), date: new Date().toISOString().slice(0, 10), stolen: stolen && rounded(stolen, 4) };
};
