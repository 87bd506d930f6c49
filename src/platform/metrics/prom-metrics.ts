import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type AppendOutcome, Metrics, type TokenOutcome } from '../../domain/ports/metrics.js';

const WATCHED = {
  projection_lag_seconds: 'Age of the oldest event that the read models have not taken in',
  live_state_entries: 'Folds of streams that are kept in memory for decisions',
  event_readers: 'Readers that follow the event feed live',
  jobs_running: '1 when this node runs jobs and reaches their store, else 0',
  credential_keys_usable: '1 when the keys that credentials are sealed with can be used, as far as this node knows, else 0',
  ready: '1 when this node issues tokens, else 0',
} as const;

/** Milliseconds between two looks at the clock; what comes later than that was held up. */
const LOOK_EVERY = 20;

/** Appends take from a tenth of a millisecond (memory) to seconds (a cluster that elects a leader). */
const SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** prom-client, with a registry of its own: two hubs in one process do not share numbers. */
export class PromMetrics extends Metrics {
  private readonly registers = [new Registry()];
  private readonly answers = new Map<string, Map<TokenOutcome, number>>();
  private readonly refusals = new Counter({
    name: 'mandate_refusals_total', help: 'Refusals recorded in the ledger since this node started, of all nodes', labelNames: ['reason'], registers: this.registers,
  });
  private readonly brokenGlass = new Counter({
    name: 'mandate_break_glass_total', help: 'Secrets that administrators took out of the vault past every policy, on this node', registers: this.registers,
  });
  private readonly appends = new Histogram({
    name: 'mandate_ledger_append_seconds', help: 'Appends to the ledger, until durable', labelNames: ['outcome'], buckets: SECONDS, registers: this.registers,
  });

  constructor() {
    super();
    const { answers } = this;
    new Counter({
      name: 'mandate_token_answers_total', help: 'Answers of the token endpoint', labelNames: ['grant_type', 'outcome'], registers: this.registers,
      // Counted aside: finding the label costs the library as much as the rest of the count, for each token.
      collect() {
        for (const [grant_type, outcomes] of answers) for (const [outcome, times] of outcomes) this.inc({ grant_type, outcome }, times);
        answers.clear();
      },
    });
    new Gauge({
      name: 'process_resident_memory_bytes', help: 'Resident memory', registers: this.registers,
      collect() {
        this.set(process.memoryUsage.rss());
      },
    });
    new Gauge({
      name: 'nodejs_heap_size_used_bytes', help: 'Heap in use', registers: this.registers,
      collect() {
        this.set(process.memoryUsage().heapUsed);
      },
    });
    const delay = monitorEventLoopDelay({ resolution: LOOK_EVERY });
    delay.enable();
    new Gauge({
      name: 'nodejs_eventloop_lag_p99_seconds', help: 'How late the event loop was since the last look, 99th percentile', registers: this.registers,
      collect() {
        this.set(Math.max(0, delay.percentile(99) / 1e9 - LOOK_EVERY / 1000));
        delay.reset();
      },
    });
  }

  override tokenAnswered(grantType: string, outcome: TokenOutcome): void {
    let outcomes = this.answers.get(grantType);
    if (!outcomes) this.answers.set(grantType, (outcomes = new Map()));
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }

  override refused(reason: string): void {
    this.refusals.inc({ reason });
  }

  override glassBroken(): void {
    this.brokenGlass.inc();
  }

  override appending(): (outcome: AppendOutcome) => void {
    const began = performance.now();
    return (outcome) => this.appends.observe({ outcome }, (performance.now() - began) / 1000);
  }

  override watch(name: keyof typeof WATCHED, read: () => number): void {
    new Gauge({
      name: `mandate_${name}`, help: WATCHED[name], registers: this.registers,
      collect() {
        this.set(read());
      },
    });
  }

  override async exposition(): Promise<{ contentType: string; text: string }> {
    const [registry] = this.registers;
    return { contentType: registry!.contentType, text: await registry!.metrics() };
  }
}
