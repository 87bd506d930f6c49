import { catalogue } from '../../domain/kernel/catalogue.js';
import { type RecordedEvent, START } from '../../domain/kernel/event.js';
import { type KeptEvent, type KeptLog, keptEvents, lineOf, parsed } from '../ledger/kept-log.js';
import { decode } from '../ledger/stored-event.js';
import { NotACopy } from './ledger-target.js';

export interface NewerEvents {
  readonly events: number;
  readonly byType: ReadonlyMap<string, number>;
  /** ISO 8601; undefined when nothing is newer. */
  readonly from: string | undefined;
  readonly until: string | undefined;
  /** Those that took power away or ended something: the first of them, and how many there are. */
  readonly ends: readonly RecordedEvent[];
  readonly endsInAll: number;
}

type EventName = { [C in keyof typeof catalogue]: keyof (typeof catalogue)[C] }[keyof typeof catalogue];
/** To forget one of these is to let somebody in again. */
export const ENDS: ReadonlySet<string> = new Set<EventName>([
  'AgentSuspended', 'AgentRetired', 'AgentSecretRotated', 'AgentLeaseExpired', 'AgentOwnerChanged', 'AgentMetadataChanged', 'GrantRevoked', 'GrantNarrowed',
  'AuthorizationRevoked', 'CodeReplayed', 'CodeBurned', 'RefreshReuseDetected', 'TokenRevoked', 'TokenVoided', 'UserDisabled', 'UserErased', 'UserPasswordSet', 'UserRolesChanged',
  'TenantSuspended', 'RegistrationPolicyChanged', 'ResourceWithdrawn', 'ResourceScopesChanged', 'ResourceSecretRotated', 'PolicyActivated', 'PolicyRolledBack',
  'SigningKeyRetired', 'SigningKeyRevoked', 'SigningKeyRemoved', 'ConnectionSuspended', 'ConnectionSecretSet', 'ConnectionRemoved', 'CredentialRotated', 'CredentialDestroyed', 'CredentialShredded',
  'TrustRuleRemoved', 'IdentityProviderRemoved', 'SignInWaysChanged', 'UserIdentityUnlinked', 'UserSessionsEnded', 'FactorDistrusted', 'FactorRemoved', 'FactorsWithdrawn', 'ApprovalDenied', 'ApprovalWithdrawn',
  'GrantExpiryChanged', 'ResourceOperatorNamed',
]);
const MOST_TOLD = 200;

/** What `later` holds behind the end of `earlier`. Rejects with NotACopy when it is no continuation of it. */
export const newerEvents = async (earlier: KeptLog, later: AsyncIterable<KeptEvent>, seen: (events: number) => void): Promise<NewerEvents> => {
  const before = keptEvents(earlier, START);
  const byType = new Map<string, number>();
  const ends: RecordedEvent[] = [];
  let [events, endsInAll, looked] = [0, 0, 0];
  let [from, until]: (string | undefined)[] = [];
  for await (const event of later) {
    looked += 1;
    if (looked % 1_000 === 0) seen(looked);
    const { value: known } = await before.next();
    if (known && lineOf(known) !== lineOf(event))
      throw new NotACopy(`The backup is not of this ledger, or they have gone different ways: ${event.type} ${event.id} stands where the backup has ${known.type} ${known.id}.`);
    if (known) continue;
    events += 1;
    byType.set(event.type, (byType.get(event.type) ?? 0) + 1);
    from ??= event.recordedAt;
    until = event.recordedAt;
    if (!ENDS.has(event.type)) continue;
    endsInAll += 1;
    if (ends.length < MOST_TOLD) ends.push(decode(parsed(event)));
  }
  const { value: missing } = await before.next();
  if (missing) throw new NotACopy('The ledger to compare with ends before the backup does: it is older.');
  return { events, byType, from, until, ends, endsInAll };
};
