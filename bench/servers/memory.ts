import { readFileSync } from 'node:fs';

/** Resident megabytes of a process, now and at most since it began; NaN outside Linux. */
export const residentMegabytes = (pid: number | 'self' = 'self'): { readonly now: number; readonly peak: number } => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(status)?.[1]);
    return { now: Math.round(kilobytes('VmRSS') / 1024), peak: Math.round(kilobytes('VmHWM') / 1024) };
  } catch {
    return { now: NaN, peak: NaN };
  }
};

export const peakMegabytes = (): number => residentMegabytes().peak;
