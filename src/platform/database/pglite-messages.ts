/** What the main thread and PGlite's thread say to each other. */
export interface Opening {
  readonly dataDir: string;
  /** A file with a whole database, to begin with in an empty directory. */
  readonly from?: string;
  /** Where to write the whole database as one file once it is open. */
  readonly keepAs?: string;
}

export interface Ask {
  readonly id: number;
  readonly kind: 'query' | 'script' | 'copy' | 'listen' | 'close';
  readonly sql: string;
  /** Text as the server would get it, in the wire's text format. */
  readonly parameters?: readonly (string | null)[];
  /** Of 'copy': UTF-8, handed over and not copied. */
  readonly rows?: Uint8Array<ArrayBuffer>;
}

export interface PgliteField {
  readonly name: string;
  readonly dataTypeID: number;
}
export interface PgliteResult {
  readonly rows: readonly Record<string, unknown>[];
  readonly fields: readonly PgliteField[];
  readonly affected: number;
}
export interface PgliteFault {
  readonly message: string;
  /** SQLSTATE, when the database said it. */
  readonly code: string | undefined;
  readonly detail?: string | undefined;
  readonly constraint?: string | undefined;
}

export type Told =
  | { readonly kind: 'open' }
  | { readonly kind: 'unusable'; readonly message: string }
  | { readonly kind: 'answer'; readonly id: number; readonly results: readonly PgliteResult[] }
  | { readonly kind: 'fault'; readonly id: number; readonly fault: PgliteFault }
  | { readonly kind: 'notification'; readonly channel: string; readonly payload: string };
