import type { Acknowledged } from '../../../src/domain/audit/acknowledgements.js';
import type { AuditReport } from '../../../src/domain/audit/ledger-audit.js';
import type { RecordedEvent } from '../../../src/domain/kernel/event.js';
import type { OperatorCredentials } from '../../../src/platform/operator-credentials.js';

/** Every request stops for ever at its append of this number: before it reaches the ledger, or when it is durable and nobody has been told. */
export interface Hold {
  readonly append: number;
  readonly when: 'before' | 'after';
}

export interface StartOrder {
  readonly directory: string;
  readonly port: number;
  /** Milliseconds since 1970 at which the clock stands; left out, it is the machine's. */
  readonly now?: number;
  readonly hold?: Hold;
  /** What it records before it does anything else, as a hub that was restored from a backup. */
  readonly restoreId?: string;
  /** Left out: the embedded ledger in the directory. */
  readonly eventStoreUrl?: string;
  /** Where the vault is that several nodes share, of a hub without a resource; left out, it is in the directory. */
  readonly databaseUrl?: string;
  /** Left out: the process's own address. */
  readonly issuer?: string;
}

/** A mistake that nobody catches, a heap that is full, or a thread that does not come back for three seconds. */
export type Fault = 'mistake' | 'memory' | 'block';

/** What a worker is woken for. `later`: so many seconds after what the hub's clock shows. */
export type Job =
  | { readonly name: 'continue-vault-rotation' | 'finish-erasures' }
  | { readonly name: 'refresh-ahead'; readonly connectionId: string; readonly id: string; readonly later: number }
  | { readonly name: 'clear-credential' | 'clear-connection' | 'expire-approval'; readonly id: string };

export type Question =
  | { readonly kind: 'hold'; readonly hold: Hold | undefined }
  /** How many appends each request made since the last `hold`. */
  | { readonly kind: 'appends' }
  | { readonly kind: 'audit'; readonly acknowledged: Acknowledged }
  | { readonly kind: 'advance'; readonly seconds: number }
  | { readonly kind: 'fault'; readonly fault: Fault }
  | { readonly kind: 'job'; readonly job: Job }
  /** The newest event of a type. */
  | { readonly kind: 'newest'; readonly type: string }
  /** Of the events in a stream, in order. */
  | { readonly kind: 'types'; readonly stream: string }
  /** What was answered with 500. */
  | { readonly kind: 'failures' };

export interface Answers {
  readonly hold: undefined;
  readonly appends: readonly number[];
  readonly audit: AuditReport;
  readonly advance: undefined;
  /** Of a fault that it survives. */
  readonly fault: undefined;
  readonly job: undefined;
  readonly newest: RecordedEvent | undefined;
  readonly types: readonly string[];
  readonly failures: readonly string[];
}

export interface Ready {
  readonly operator: OperatorCredentials;
  /** From the order to start until the hub listens. */
  readonly milliseconds: number;
}

export type FromChild =
  /** The code is loaded; `milliseconds` since the process began. */
  | { readonly kind: 'loaded'; readonly milliseconds: number }
  | ({ readonly kind: 'ready' } & Ready)
  | { readonly kind: 'held' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'answer'; readonly n: number; readonly value: unknown };
