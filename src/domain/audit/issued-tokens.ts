import type { activityEvents } from '../activity/activity.events.js';
import type { DataOf } from '../kernel/fields.js';
import { SeenIds } from './seen-ids.js';

export type Issued = DataOf<typeof activityEvents.TokenIssued.fields>;
/** What is asked of a token later: when it is voided, or another is made from it. */
export type Kept = Pick<Issued, 'jti' | 'agentId' | 'principal' | 'resourceId' | 'grantId' | 'grantEpoch' | 'grantType' | 'scopes' | 'expiresAt'> & {
  readonly [K in 'authorizationId' | 'parentJti' | 'vouchedBy' | 'clientVouchedBy' | 'decision']?: Issued[K] | undefined;
};

/** Seconds. */
const SLOT = 300;
/** Of a time in ISO 8601. */
const TO_THE_MINUTE = '2026-11-27T10:05'.length;

/**
 * The tokens of a ledger as its reader comes by them. What one says is kept for five to ten minutes beyond its time: nothing can
 * be made from it then, and nobody voids it. So the memory is that of what lives at once and not of all that ever was.
 */
export class IssuedTokens {
  private readonly living = new Map<string, Kept>();
  private readonly ever = new SeenIds();
  /** By the slot, since 1970, in which they are over. */
  private readonly due = new Map<number, string[]>();
  private slot = 0;
  /** As the last time begins that was looked at: what begins the same is of the same minute. */
  private began = '-';
  /** Somebody has asked for what is kept no longer: the clocks were not what they seemed, or something is wrong. */
  isMissed = false;

  /** `over` is told of each that is kept no longer. With `keepsAll` none is. */
  constructor(private readonly over: (jti: string) => void, private readonly keepsAll: boolean) {}

  /** False when there was one of this name before. */
  add(issued: Issued): boolean {
    const { jti, expiresAt } = issued;
    const slot = Math.floor(expiresAt / SLOT) + 1;
    const due = this.due.get(slot);
    if (due) due.push(jti);
    else this.due.set(slot, [jti]);
    // Where all are kept it is they who are asked, and no hash.
    const isNew = this.keepsAll ? !this.living.has(jti) : this.ever.add(jti);
    this.isMissed ||= !isNew && !this.living.has(jti);
    this.living.set(jti, keptOf(issued));
    return isNew;
  }

  get(jti: string): Kept | undefined {
    return this.living.get(jti);
  }

  /** Issued at some time, and over. */
  isOver(jti: string): boolean {
    const isOver = !this.keepsAll && !this.living.has(jti) && this.ever.has(jti);
    this.isMissed ||= isOver;
    return isOver;
  }

  /** The ledger has come to this time. */
  pass(recordedAt: string): void {
    if (recordedAt.startsWith(this.began)) return;
    this.began = recordedAt.slice(0, TO_THE_MINUTE);
    const slot = Math.floor(Date.parse(recordedAt) / 1_000 / SLOT);
    // A clock that was set back brings nothing back.
    if (this.keepsAll || !(slot > this.slot)) return;
    this.slot = slot;
    for (const [due, names] of this.due) if (due < slot) this.forget(due, names);
  }

  private forget(due: number, names: readonly string[]): void {
    this.due.delete(due);
    for (const jti of names) {
      this.living.delete(jti);
      this.over(jti);
    }
  }
}

const keptOf = ({
  jti, agentId, principal, resourceId, grantId, grantEpoch, grantType, authorizationId, scopes, parentJti, vouchedBy, clientVouchedBy, decision, expiresAt,
}: Issued): Kept => ({ jti, agentId, principal, resourceId, grantId, grantEpoch, grantType, authorizationId, scopes, parentJti, vouchedBy, clientVouchedBy, decision, expiresAt });
