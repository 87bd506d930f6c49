import { table } from '../bench/figures.js';
import { Progress } from './progress.js';
import { RunRecord } from './run-record.js';
import type { TwoNodes } from './two-nodes.js';

const CLIENTS = 4;
/** Milliseconds at the 99th percentile. */
const PROMISED = 1_000;

/** Suspends on one node again and again while the other issues; gives what was promised and did not hold. */
export const suspendAgainAndAgain = async (nodes: TwoNodes, rounds: number): Promise<readonly string[]> => {
  const record = new RunRecord();
  const progress = new Progress('suspended', rounds);
  for (let round = 0; round < rounds; round += 1) {
    await oneRound(nodes, record);
    progress.at(round + 1, `${record.violations.length} violations`);
  }
  console.log(`\n${nodes.title}\n${table([
    ['rounds', String(rounds)],
    ['the suspension was answered after', record.spread('answered')],
    ['the last token of the other node, after the suspension was asked for', record.spread('last')],
    ['the last token of the other node, after it was answered (less than 0: before)', record.spread('last behind')],
    ['tokens', String(record.counted('tokens'))],
    ['violations', String(record.violations.length)],
  ])}`);
  if (!(record.quantile('last', 0.99) < PROMISED)) record.violated(`a suspension took longer than ${PROMISED} ms to hold on the other node`);
  return record.violations;
};

const oneRound = async (nodes: TwoNodes, record: RunRecord): Promise<void> => {
  const sent: { readonly at: number; readonly answeredAt: number; readonly status: number }[] = [];
  let isOver = false;
  let begun = (): void => undefined;
  const underWay = new Promise<void>((resolve) => (begun = resolve));
  const clients = Array.from({ length: CLIENTS }, async () => {
    for (;;) {
      const at = performance.now();
      const status = await nodes.issue();
      sent.push({ at, answeredAt: performance.now(), status });
      if (status === 200) begun();
      // Each has seen the suspension with a request that was sent after its answer.
      if (isOver) return;
    }
  });
  await underWay;
  const asked = performance.now();
  await nodes.suspend();
  const answered = performance.now();
  isOver = true;
  await Promise.all(clients);
  const afterAnswer = await nodes.issue();
  await nodes.resume();
  const given = sent.filter(({ status }) => status === 200);
  const last = Math.max(...given.map(({ answeredAt }) => answeredAt));
  record.count('tokens', given.length);
  record.measure('answered', answered - asked);
  record.measure('last', Math.max(0, last - asked));
  record.measure('last behind', last - answered);
  const late = given.filter(({ at }) => at > answered).length + (afterAnswer === 200 ? 1 : 0);
  if (late > 0) record.violated(`${late} tokens were given to requests that were sent after the suspension had been answered`);
  while ((await nodes.issue()) !== 200) record.count('waited for the resumption');
};
