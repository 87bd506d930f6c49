/** One secret as it stands on the disk: where it belongs is readable, what it is is not. */
export interface SealedRow {
  readonly tenant: string;
  readonly kind: string;
  readonly name: string;
  readonly keyId: string;
  readonly expiresAt: number | null;
  readonly nonce: Uint8Array;
  readonly sealed: Uint8Array;
}
export type RowPlace = Pick<SealedRow, 'tenant' | 'kind' | 'name'>;

/** Where sealed rows are kept. A change is durable when it resolves; what can't be done now rejects with SecretsUnavailable. */
export interface SealedRows {
  /** As sentences call it: `the vault ./data/vault.db`. */
  readonly title: string;
  /** Runs `work` while no other process that shares these rows does. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Of the key that sealed these rows; undefined before the first start has ended. */
  keyId(): Promise<string | undefined>;
  adoptKey(keyId: string): Promise<void>;
  put(row: SealedRow): Promise<void>;
  /** True for exactly one of several callers, in whatever process; false when a row stands there that is not over at `now`. */
  putNew(row: SealedRow, now: number): Promise<boolean>;
  get(tenant: string, kind: string, name: string): Promise<SealedRow | undefined>;
  /** At most `limit` rows behind `after`, of every kind or of one, in the order of their places' bytes. */
  page(after: RowPlace | undefined, limit: number, kind?: string): Promise<readonly SealedRow[]>;
  /** At most `limit` of one tenant and kind, in the order of their bytes; looks at no others. */
  names(tenant: string, kind: string, limit: number): Promise<readonly string[]>;
  count(kind: string): Promise<number>;
  /** Puts `row` in the place of what was sealed as `before`; false, and nothing happens, when that does not stand there any more. */
  replace(row: SealedRow, before: Uint8Array): Promise<boolean>;
  delete(tenant: string, kind: string, name: string): Promise<number>;
  deleteAll(tenant: string, kind: string, prefix: string): Promise<number>;
  sweep(now: number): Promise<number>;
  close(): Promise<void>;
}
