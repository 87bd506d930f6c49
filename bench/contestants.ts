import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import type { Ledger } from '../src/domain/ports/ledger.js';
import { EventStoreLedger } from '../src/platform/ledger/event-store-ledger.js';
import { SqliteLedger } from '../src/platform/ledger/sqlite-ledger.js';
import { Child } from './child.js';
import { countEvents } from './count-events.js';
import { type Acknowledged, nothingAcknowledged } from './load/worker.js';
import type { MandateReady } from './servers/mandate-server.js';
import type { ServerReady, ServerUse } from './servers/server-ready.js';

/** `bare`: no contestant, but what a durable token costs at the least on the same parts. */
export type ContestantName = 'embedded' | 'eventstore' | 'bare' | 'peer';

export interface ContestantOptions {
  readonly processor: number | undefined;
  readonly readModels: boolean;
  readonly eventStoreUrl: string | undefined;
}

/** One of the servers that take turns. What it acknowledges is added up, to be looked for in its ledger at the end. */
export class Contestant {
  readonly acknowledged = nothingAcknowledged();
  readonly samples: string[] = [];

  protected constructor(readonly name: ContestantName, readonly child: Child, readonly ready: ServerReady) {}

  static async start(name: ContestantName, { processor, readModels, eventStoreUrl }: ContestantOptions): Promise<Contestant> {
    if (name === 'peer') {
      const { child, ready } = await Child.start<ServerReady>('./servers/peer-server.js', processor);
      return new Contestant(name, child, ready);
    }
    if (name === 'bare') {
      const { child, ready } = await Child.start<MandateReady>('./servers/bare-server.js', processor);
      return new RecordingContestant(name, child, ready, undefined);
    }
    const store = name === 'eventstore' ? ['--event-store', eventStoreUrl!] : [];
    const { child, ready } = await Child.start<MandateReady>('./servers/mandate-server.js', processor, [...store, ...(readModels ? ['--read-models'] : [])]);
    return new RecordingContestant(name, child, ready, eventStoreUrl);
  }

  /** The generator competes with an event store for the second processor: it sleeps while that one is measured. */
  get isAlone(): boolean {
    return this.name !== 'eventstore';
  }

  use(): Promise<ServerUse> {
    return this.child.ask<ServerUse>('use');
  }

  took(acknowledged: Acknowledged, samples: readonly string[]): void {
    for (const type of Object.keys(acknowledged) as (keyof Acknowledged)[]) this.acknowledged[type] += acknowledged[type];
    this.samples.push(...samples);
  }

  /** Kills it; then, where there is a ledger, what stands in it. Throws when a token that was handed out does not. */
  async recorded(): Promise<Acknowledged | undefined> {
    await this.child.kill('SIGKILL');
    return this.look(new Set(this.samples.filter((token) => token.startsWith('eyJ')).map((token) => decodeJwt(token).jti)));
  }

  async remove(): Promise<void> {
    await this.child.kill('SIGKILL');
  }

  protected async look(_handedOut: Set<string | undefined>): Promise<Acknowledged | undefined> {
    return undefined;
  }
}

class RecordingContestant extends Contestant {
  constructor(name: ContestantName, child: Child, override readonly ready: MandateReady, private readonly eventStoreUrl: string | undefined) {
    super(name, child, ready);
  }

  override async remove(): Promise<void> {
    await super.remove();
    rmSync(this.ready.directory, { recursive: true, force: true });
  }

  /** Killed, not closed: what was acknowledged has to stand in the ledger without any farewell. */
  protected override async look(handedOut: Set<string | undefined>): Promise<Acknowledged> {
    const ledger = await this.open();
    try {
      const { beganAfter: after, tenant } = this.ready;
      const counts = await countEvents(ledger, { after, tenant }, ({ type, data }) => {
        if (type === 'TokenIssued') handedOut.delete((data as { jti: string }).jti);
      });
      if (handedOut.size > 0) throw new Error(`${handedOut.size} tokens were handed out that do not stand in the ledger`);
      const found = nothingAcknowledged();
      for (const type of Object.keys(found) as (keyof Acknowledged)[]) found[type] = counts.get(type) ?? 0;
      return found;
    } finally {
      await ledger.close();
    }
  }

  private open(): Promise<Ledger> {
    return this.name === 'eventstore'
      ? EventStoreLedger.connect({ url: this.eventStoreUrl! })
      : SqliteLedger.open({ file: join(this.ready.directory, 'ledger.db'), now: Date.now });
  }
}
