/** How the keys are that wrap the data keys of credentials. */
export interface VaultKeysStatus {
  readonly provider: string;
  /** Why they can't be used, as far as is known; undefined when they can. Nothing secret. */
  readonly problem?: string;
}
/** What became of some secrets whose keys were looked at. */
export interface Rewrapped {
  readonly checked: number;
  /** Their data keys are wrapped anew. */
  readonly rewrapped: number;
  /** They do not open, so they stay as they are. */
  readonly left: number;
  /** The first of them, each by its tenant and its credential. */
  readonly unopened: readonly string[];
  /** Where to go on; undefined when that was the last. */
  readonly next?: string;
}

export type ConnectionOf = (tenant: string, credentialId: string) => Promise<string>;

/**
 * The keys that data keys are wrapped with, and bringing all secrets under the one that wraps now. No secret is opened by it,
 * only data keys are. Rejects with VaultUnavailable; what was done by then stays done.
 */
export abstract class VaultKeys {
  abstract status(): VaultKeysStatus;
  /** Resolves when it is known how they are. */
  abstract look(): Promise<void>;
  /** How many secrets there are. */
  abstract count(): Promise<number>;
  /** Another key, called `name`, wraps from here on, of the provider that the configuration names: its id, and the keys that are ours to destroy once nothing is under them. */
  abstract turn(name: string): Promise<{ readonly keyId: string; readonly former: readonly string[] }>;
  /**
   * Wraps data keys anew that are not under the key that wraps now: at most `limit` are looked at behind `after`. `connectionOf`
   * knows what the oldest envelopes don't say: over which connection a credential is held.
   */
  abstract rewrap(after: string | undefined, limit: number, connectionOf: ConnectionOf): Promise<Rewrapped>;
  /** Destroys a key that nothing is under. One that has come into use again, or that is gone, is left alone. */
  abstract retire(keyId: string): Promise<void>;
}
