import { answerParent } from '../child.js';
import { quantile } from '../figures.js';
import { type Caller, type ServerReady, cpuSeconds } from '../servers/server-ready.js';
import { HttpConnection } from './http-connection.js';
import { type Operation, type Scenario, type ScenarioName, scenarios } from './scenarios.js';
import { Spinning } from './spinning.js';
import { type Acknowledged, Worker, nothingAcknowledged } from './worker.js';

/** Two steps, so that the server's use of the processor can be read between them. */
export type LoadOrder =
  | {
    readonly step: 'prepare'; readonly scenario: ScenarioName; readonly server: ServerReady; readonly connections: number; readonly seconds: number;
    /** Clients that the server has not heard of since it began, for the scenario that needs them. */
    readonly strangers?: readonly Caller[];
  }
  | { readonly step: 'measure'; readonly seconds: number; readonly spin: boolean };

export interface LoadResult {
  /** Operations whose every answer was as it should be. */
  readonly done: number;
  readonly errors: number;
  readonly firstError: string | undefined;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  /** What was acknowledged since the generator was last asked to prepare, preparation included. */
  readonly acknowledged: Acknowledged;
  /** The last token of each connection, for the checks that would be too slow for all. */
  readonly samples: readonly string[];
  /** Near 1, the generator and not the server is what was measured. */
  readonly generatorBusy: number;
}

let acknowledged = nothingAcknowledged();
let workers: readonly Worker[] = [];
let operations: readonly Operation[] = [];

const prepare = async ({ scenario, server, connections, seconds, strangers = [] }: Extract<LoadOrder, { step: 'prepare' }>): Promise<void> => {
  acknowledged = nothingAcknowledged();
  const { ready }: Scenario = scenarios[scenario];
  const preparation = { stock: [], strangers: [...strangers], until: performance.now() + seconds * 1000 };
  workers = await Promise.all(Array.from({ length: connections }, async (_, n) => new Worker(await HttpConnection.open(server.port), server, n, acknowledged)));
  operations = await Promise.all(workers.map((worker) => ready(worker, preparation)));
};

/** Every connection asks again as soon as it is answered (closed loop); what is under way at the end is waited for. */
const measure = async ({ seconds, spin }: Extract<LoadOrder, { step: 'measure' }>): Promise<LoadResult> => {
  const idle = spin ? await Spinning.turnsWhenIdle() : 0;
  const milliseconds: number[] = [];
  const failures: unknown[] = [];
  const cpu = cpuSeconds();
  const spinning = spin ? new Spinning() : undefined;
  const began = performance.now();
  const end = began + seconds * 1000;
  await Promise.all(operations.map(async (operation) => {
    try {
      for (let sent = performance.now(); sent < end;) {
        if (!(await operation())) return;
        const now = performance.now();
        milliseconds.push(now - sent);
        sent = now;
      }
    } catch (error) {
      failures.push(error);
    }
  }));
  const took = (performance.now() - began) / 1000;
  const turns = spinning?.stop();
  for (const worker of workers) worker.close();
  milliseconds.sort((a, b) => a - b);
  return {
    done: milliseconds.length, errors: failures.length, firstError: failures.length > 0 ? String(failures[0]) : undefined, seconds: took,
    p50: quantile(milliseconds, 0.5), p99: quantile(milliseconds, 0.99), acknowledged,
    samples: workers.map(({ lastToken }) => lastToken).filter((token) => token !== ''),
    generatorBusy: turns === undefined ? (cpuSeconds() - cpu) / took : Math.max(0, 1 - turns / (idle * took)),
  };
};

answerParent('ready', (order) => {
  const asked = order as LoadOrder;
  return asked.step === 'prepare' ? prepare(asked) : measure(asked);
});
