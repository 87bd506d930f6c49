import { NOTES } from '../support/hub.js';
import type { HubOverHttp } from '../support/hub-over-http.js';
import { claimsOf } from './crash-world.js';

export interface Seen {
  /** 'refused': nobody listened. 'cut': the connection ended without an answer. */
  readonly outcome: number | 'refused' | 'cut';
  readonly retryAfter: string | null;
  readonly milliseconds: number;
  /** Of the token that was given. */
  readonly jti: string | undefined;
}

interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Asks for a token once. */
export const askFor = async (hub: HubOverHttp, service: Credentials): Promise<Seen> => {
  const began = performance.now();
  const seen = (outcome: Seen['outcome'], retryAfter: string | null = null, jti?: string): Seen => ({ outcome, retryAfter, milliseconds: performance.now() - began, jti });
  try {
    const { status, headers, body } = await hub.clientCredentials(service, { resource: NOTES.uri });
    return seen(status, headers.get('retry-after'), status === 200 ? (claimsOf(String(body['access_token']))['jti'] as string) : undefined);
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    // Of another realm than the tests'.
    if ((error as Error).name !== 'TypeError') throw error;
    return seen(code === 'ECONNREFUSED' ? 'refused' : 'cut');
  }
};

/** Clients that ask for tokens one after the other, each as fast as it is answered, until they are told to stop. */
export class Load {
  readonly seen: Seen[] = [];
  private readonly listeners = new Set<() => void>();
  private isOver = false;
  private readonly clients: readonly Promise<void>[];
  private readonly answered: Promise<void>[] = [];

  constructor(hub: HubOverHttp, service: Credentials, clients: number) {
    this.clients = Array.from({ length: clients }, async () => {
      while (!this.isOver) {
        const asked = askFor(hub, service);
        if (this.answered.length < clients) this.answered.push(asked.then(() => undefined));
        const seen = await asked;
        this.seen.push(seen);
        for (const told of this.listeners) told();
        if (seen.outcome === 'refused') return;
      }
    });
  }

  /** Resolves when so much more has been seen that is like this. */
  next(count: number, isWanted: (seen: Seen) => boolean = () => true): Promise<void> {
    const from = this.seen.length;
    return new Promise((resolve) => {
      const told = (): void => {
        if (this.seen.slice(from).filter(isWanted).length < count) return;
        this.listeners.delete(told);
        resolve();
      };
      this.listeners.add(told);
    });
  }

  /** Resolves when each of them has had an answer: all are connected then. */
  async everybody(): Promise<void> {
    await Promise.all(this.answered);
  }

  /** Resolves when everybody has had their last answer. */
  async stop(): Promise<readonly Seen[]> {
    this.isOver = true;
    await Promise.all(this.clients);
    return this.seen;
  }

  /** Resolves when everybody has gone since nobody listens any more. */
  async gone(): Promise<readonly Seen[]> {
    await Promise.all(this.clients);
    return this.seen;
  }
}

/** How often each outcome was seen. */
export const counted = (seen: readonly Seen[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { outcome } of seen) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
};
