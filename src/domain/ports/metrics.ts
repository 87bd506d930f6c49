/** Of an append: it is in the ledger, somebody else was faster, or nobody knows. */
export type AppendOutcome = 'durable' | 'conflict' | 'failed';
export type TokenOutcome = 'issued' | 'refused' | 'unavailable' | 'failed';

/**
 * What operators watch. Every label is a word of a small fixed vocabulary: no id, no name, no tenant, or the numbers would
 * grow without end and tell one customer of another. Counting never throws and never waits.
 */
export abstract class Metrics {
  /** One answer of the token endpoint. */
  abstract tokenAnswered(grantType: string, outcome: TokenOutcome): void;
  /** One refusal as the ledger records it; `reason` is a refusal code. */
  abstract refused(reason: string): void;
  /** An administrator took a secret out of the vault, past every policy. Somebody should be woken. */
  abstract glassBroken(): void;
  /** One append begins; what comes back is to be told how it ended. */
  abstract appending(): (outcome: AppendOutcome) => void;
  /** A number that is asked for whenever the metrics are read. */
  abstract watch(name: 'projection_lag_seconds' | 'live_state_entries' | 'event_readers' | 'jobs_running' | 'credential_keys_usable' | 'ready', read: () => number): void;
  /** Everything, in the text format that Prometheus reads. */
  abstract exposition(): Promise<{ readonly contentType: string; readonly text: string }>;
}
