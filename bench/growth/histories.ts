import { quantile, rounded } from '../figures.js';
import type { RunningHub } from '../servers/running-hub.js';

export interface Latency {
  readonly p50Ms: number;
  readonly p95Ms: number;
}

const TIMES = 40;
const WARM_UPS = 3;
const LIMIT = 50;

const latency = async (ask: (n: number) => Promise<unknown>): Promise<Latency> => {
  const milliseconds: number[] = [];
  for (let n = -WARM_UPS; n < TIMES; n += 1) {
    const began = performance.now();
    await ask(n);
    if (n >= 0) milliseconds.push(performance.now() - began);
  }
  milliseconds.sort((a, b) => a - b);
  return { p50Ms: rounded(quantile(milliseconds, 0.5), 1), p95Ms: rounded(quantile(milliseconds, 0.95), 1) };
};

/** An agent's history over the admin API: its first page, the pages that follow, and as it stood at moments of the past. */
export const readHistories = async (hub: RunningHub, agentId: string, until: number) => {
  const path = `agents/${agentId}/history?limit=${LIMIT}`;
  const { items } = (await hub.call('GET', path)) as { items: readonly { recorded_at: string }[] };
  const from = Date.parse(items[0]!.recorded_at);
  let cursor: string | null = null;
  return {
    firstPage: await latency(() => hub.call('GET', path)),
    nextPage: await latency(async () => {
      const page = await hub.call('GET', cursor === null ? path : `${path}&cursor=${encodeURIComponent(cursor)}`);
      cursor = (page as { next: string | null }).next;
    }),
    asOf: await latency((n) => {
      // Spread over the agent's life, in no order.
      const share = ((n + WARM_UPS) * 0.618) % 1;
      const moment = new Date(from + share * (until - from)).toISOString();
      return hub.call('GET', `${path}&asOf=${encodeURIComponent(moment)}`);
    }),
  };
};
