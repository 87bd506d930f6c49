import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { activeKey, keySet, nextKey } from '../../domain/key/key.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { Clock } from '../../domain/ports/clock.js';
import { KeyRing, type SigningAlgorithm } from '../../domain/ports/key-ring.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { Write } from '../write.js';

/** Seconds. A key signs for 30 days; the next one is published a day ahead, so that caches know it before it signs. */
const SIGNS_FOR = 30 * 86_400;
const PUBLISHED_AHEAD = 86_400;
/** Longer than any access token lives. */
const PUBLISHED_AFTER = 2 * 86_400;

/** Brings a tenant's keys to where they should be now. Doing it again changes nothing; `force` rotates at once. */
export class RotateSigningKeys extends Command<void> {
  constructor(readonly algorithms: readonly SigningAlgorithm[], readonly force: boolean, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(RotateSigningKeys)
export class RotateSigningKeysHandler implements ICommandHandler<RotateSigningKeys> {
  constructor(
    private readonly live: LiveState,
    private readonly write: Write,
    private readonly keyRing: KeyRing,
    private readonly clock: Clock,
  ) {}

  async execute({ algorithms, force, context }: RotateSigningKeys): Promise<void> {
    for (const alg of algorithms) await this.advance(alg, force, context);
    await this.removeExpired(context);
  }

  private async advance(alg: SigningAlgorithm, force: boolean, context: CommandContext): Promise<void> {
    const now = this.clock.seconds();
    const { keys } = await this.keys(context.tenant);
    const current = activeKey({ keys }, alg);
    const age = now - (current?.activeSince ?? 0);
    const next = nextKey({ keys }, alg);
    const due = force || !current || age >= SIGNS_FOR;
    if (due) await this.activate(next?.kid ?? (await this.add(alg, context)), now, context);
    else if (!next && age >= SIGNS_FOR - PUBLISHED_AHEAD) await this.add(alg, context);
  }

  /** Has the key that signs next ready, so that no time passes without one. */
  async prepareNext(alg: SigningAlgorithm, context: CommandContext): Promise<void> {
    if (!nextKey(await this.keys(context.tenant), alg)) await this.add(alg, context);
  }

  private async add(alg: SigningAlgorithm, context: CommandContext): Promise<string> {
    const { kid, jwk } = await this.keyRing.generate(context.tenant, alg);
    await this.write.to(keySet, streams.key(context.tenant), { type: 'AddKey', kid, alg, jwk }, context);
    return kid;
  }

  private async activate(kid: string, now: number, context: CommandContext): Promise<void> {
    await this.write.to(keySet, streams.key(context.tenant), { type: 'ActivateKey', kid, now, publishedUntil: now + PUBLISHED_AFTER }, context);
  }

  private async removeExpired(context: CommandContext): Promise<void> {
    const now = this.clock.seconds();
    const { keys, revoked } = await this.keys(context.tenant);
    const over = keys.filter(({ status, publishedUntil }) => status === 'retired' && (publishedUntil ?? now) <= now);
    for (const kid of [...over.map((key) => key.kid), ...revoked]) {
      // Destroyed first: a crash in between must not leave a private half that the ledger says is gone.
      await this.keyRing.destroy(context.tenant, kid);
      await this.write.to(keySet, streams.key(context.tenant), { type: 'RemoveKey', kid, now }, context);
    }
  }

  private async keys(tenant: string) {
    return (await this.live.entry(keySet, streams.key(tenant), tenant)).state;
  }
}
