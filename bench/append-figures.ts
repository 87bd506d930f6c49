import type { AppendOrder, AppendResult } from './append-process.js';
import { Child } from './child.js';
import { median, rounded } from './figures.js';
import type { Progress } from './progress.js';

const CALLERS = 64;
const SECONDS = 2;
const WARM_UP: AppendOrder = { callers: CALLERS, seconds: 1 };
/** Calls of `step` in a run. */
export const appendSteps = (rounds: number): number => rounds + 1;

/** Durable appends to the embedded ledger, without HTTP and without decisions. */
export const appendBench = async (rounds: number, processor: number | undefined, progress: Progress) => {
  const { child } = await Child.start<string>('./append-process.js', processor);
  const results: AppendResult[] = [];
  try {
    progress.step('append, warming up');
    await child.ask<AppendResult>(WARM_UP);
    for (let round = 1; round <= rounds; round += 1) {
      progress.step(`append, round ${round} of ${rounds}`);
      results.push(await child.ask<AppendResult>({ callers: CALLERS, seconds: SECONDS } satisfies AppendOrder));
    }
    return appendFigures(results);
  } finally {
    await child.kill();
  }
};

export type AppendFigures = ReturnType<typeof appendFigures>;
const appendFigures = (results: readonly AppendResult[]) => {
  for (const { appended, recorded } of results) if (appended !== recorded) throw new Error(`${appended} events were acknowledged, ${recorded} stand in the ledger`);
  return {
    eventsPerSecond: Math.round(median(results.map(({ appended, seconds }) => appended / seconds))),
    eventsPerCpuSecond: Math.round(median(results.map(({ appended, cpuSeconds }) => appended / cpuSeconds))),
    p50Ms: rounded(median(results.map(({ p50 }) => p50))), p99Ms: rounded(median(results.map(({ p99 }) => p99))),
    callers: CALLERS, eventBytes: results[0]!.eventBytes, eventsPerCommit: rounded(median(results.map(({ appended, commits }) => appended / commits)), 1),
    appended: results.reduce((sum, { appended }) => sum + appended, 0), recorded: results.reduce((sum, { recorded }) => sum + recorded, 0), rounds: results,
  };
};
