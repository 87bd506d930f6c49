/** Where a secret of a kind stands. */
export interface SecretPlace {
  readonly tenant: string;
  readonly name: string;
}
export interface StoredSecret {
  readonly name: string;
  readonly value: Uint8Array;
  /** Seconds since 1970, or undefined when it stays until deleted. */
  readonly expiresAt?: number;
}

/** The vault can't be reached or could not do it now. What was asked may have happened; whoever waits gets 503 and Retry-After. */
export class SecretsUnavailable extends Error {
  override readonly name = 'SecretsUnavailable';
}

/** What the ledger names is not in the vault: gone since a moment, or the vault goes with another ledger, and somebody has to look. */
export class SecretMissing extends SecretsUnavailable {}

/**
 * The vault's durable table: small secrets, encrypted with AES-256-GCM under the deployment's key before they touch the
 * disk. The associated data binds (tenant, kind, name), so a row moved elsewhere does not open.
 * Several nodes may share one. What can't be done now rejects with SecretsUnavailable.
 */
export abstract class SecretStore {
  /** Durable when it resolves. Replaces what stood there. */
  abstract put(tenant: string, kind: string, secret: StoredSecret): Promise<void>;
  /** True for exactly one of several parallel callers of one name, durable; false when it stands there already and has not expired. */
  abstract putNew(tenant: string, kind: string, secret: StoredSecret): Promise<boolean>;
  /** Undefined when absent or expired. Throws when the row does not open (wrong key, moved row). */
  abstract get(tenant: string, kind: string, name: string): Promise<Uint8Array | undefined>;
  abstract delete(tenant: string, kind: string, name: string): Promise<void>;
  /** Deletes every secret of this kind whose name begins with `prefix`; gives the number. */
  abstract deleteAll(tenant: string, kind: string, prefix: string): Promise<number>;
  /** The names of one kind, in a fixed order; for the few of which that is not much. */
  abstract names(tenant: string, kind: string): Promise<readonly string[]>;
  /** How many of this kind there are, of all tenants. */
  abstract count(kind: string): Promise<number>;
  /**
   * Goes over at most `limit` secrets of a kind, of all tenants, in a fixed order behind `after`. What `change` gives takes the place of
   * what it opened, durably, unless that was replaced or deleted meanwhile. Gives the last place; undefined when nothing stands behind it.
   * `opened` throws when the row does not open.
   */
  abstract rewrite(kind: string, from: { readonly after: SecretPlace | undefined; readonly limit: number }, change: (place: SecretPlace, opened: () => Uint8Array) => Promise<Uint8Array | undefined>): Promise<SecretPlace | undefined>;
  /** Removes rows whose time is over; gives the number. */
  abstract sweep(now: number): Promise<number>;
  abstract close(): Promise<void>;
}
