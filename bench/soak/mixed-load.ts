import { setTimeout } from 'node:timers/promises';
import { HttpConnection } from '../load/http-connection.js';
import { type Tokens, Worker, nothingAcknowledged } from '../load/worker.js';
import type { ServerReady } from '../servers/server-ready.js';
import { Chance } from '../seed/chance.js';

/** Shares of the operations, in hundredths; what is left is client_credentials. */
const SHARES = { code: 5, refresh: 20, introspection: 25, revocation: 5 } as const;
const CONNECTIONS = 32;
/** A connection looks up and revokes its latest tokens. */
const TOKENS_KEPT = 8;
const MOST_ERRORS = 1_000;

/** What many clients do, at a steady pace, for as long as it is asked to. Every answer is checked. */
export class MixedLoad {
  readonly done: Record<string, number> = {};
  readonly errors: string[] = [];
  private milliseconds: number[] = [];
  private going = true;
  private readonly chance = new Chance();

  constructor(private readonly server: ServerReady, private readonly perSecond: number) {}

  async run(): Promise<void> {
    const every = (CONNECTIONS * 1000) / this.perSecond;
    await Promise.all(Array.from({ length: CONNECTIONS }, async (_, n) => {
      await setTimeout((every * n) / CONNECTIONS);
      await this.goOn(n, every);
    }));
  }

  stop(): void {
    this.going = false;
  }

  /** Latencies since this was last asked, in rising order. */
  take(): readonly number[] {
    const taken = this.milliseconds.sort((a, b) => a - b);
    this.milliseconds = [];
    return taken;
  }

  /** Does it, counts it, and remembers what went wrong. */
  async count(kind: string, work: () => Promise<unknown>): Promise<void> {
    const sent = performance.now();
    try {
      await work();
      this.milliseconds.push(performance.now() - sent);
      this.done[kind] = (this.done[kind] ?? 0) + 1;
    } catch (error) {
      if (this.errors.length < MOST_ERRORS) this.errors.push(`${kind}: ${(error as Error).message}`);
    }
  }

  private async goOn(n: number, every: number): Promise<void> {
    const connect = async () => new Worker(await HttpConnection.open(this.server.port), this.server, n, nothingAcknowledged());
    const client: Client = { worker: await connect(), tokens: [], family: undefined };
    for (let next = performance.now(); this.going; next += every) {
      const wait = next - performance.now();
      if (wait > 0) await setTimeout(wait);
      const failed = this.errors.length;
      await this.one(client);
      // A connection that broke is replaced: what is looked for here is how the server does in the long run.
      if (this.errors.length > failed) client.worker = await connect();
      if (wait < -1_000) next = performance.now();
    }
    client.worker.close();
  }

  private async one(client: Client): Promise<void> {
    const { worker, tokens } = client;
    const keep = (token: string): void => {
      tokens.push(token);
      if (tokens.length > TOKENS_KEPT) tokens.shift();
    };
    const dice = this.chance.below(100);
    const { code, refresh, introspection, revocation } = SHARES;
    if (dice < code || (!client.family && dice < code + refresh))
      await this.count('code', async () => (client.family = await worker.redeem(await worker.code())));
    else if (dice < code + refresh) await this.count('refresh', async () => (client.family = await worker.refresh(client.family!.refresh)));
    else if (dice < code + refresh + introspection && tokens.length > 0)
      await this.count('introspection', async () => {
        if (!(await worker.introspect(this.chance.of(tokens)))) throw new Error('a living token is not active');
      });
    else if (dice < code + refresh + introspection + revocation && tokens.length > 0)
      await this.count('revocation', async () => {
        const token = tokens.shift()!;
        await worker.revoke(token, worker);
        if (await worker.introspect(token)) throw new Error('a revoked token is still active');
      });
    else await this.count('client_credentials', async () => keep(await worker.clientToken()));
  }
}

interface Client {
  worker: Worker;
  readonly tokens: string[];
  family: Tokens | undefined;
}
