import type { catalogue } from '../domain/kernel/catalogue.js';
import { approvalWords } from './approval-words.js';
import { connectionWords } from './connection-words.js';
import { peopleWords } from './people-words.js';
import { signInWords } from './sign-in-words.js';
import { type Data, type Named, type Told, type Words, attested, because, day, party, simply, texts, withheld } from './words.js';

type EventTypes = { [C in keyof typeof catalogue]: keyof (typeof catalogue)[C] }[keyof typeof catalogue];

const HOW = { admin: 'by an administrator', dynamic: 'by itself (RFC 7591)', metadata_document: 'by its metadata document', workload: 'by a token of its platform' } as const;
const VIA = { consent: 'consent', admin: 'an administrator\'s word', identity_provider: 'the word of their identity provider' } as const;
const shortGrant = (grantType: unknown): string => String(grantType).replace('urn:ietf:params:oauth:grant-type:', '');
/** The agents that asked before this one, the last first. */
const through = (actors: unknown, named: Named): string => {
  const [, ...before] = texts(actors ?? []);
  return before.length === 0 ? '' : ` for ${before.map(named).join(', which asked for ')}`;
};
const WORDS: Readonly<Record<EventTypes, Words>> = {
  AgentRegistered: ({ method, owner, name }, named) => ({ what: `registered as "${String(name)}" ${HOW[method as keyof typeof HOW]}, owner ${party(owner, named)}` }),
  AgentMetadataChanged: ({ name }) => ({ what: `its client metadata changed; it calls itself "${String(name)}"` }),
  AgentSecretRotated: ({ previousUntil }) => ({ what: `got a new client secret, the old one works until ${day(previousUntil)}` }),
  AgentOwnerChanged: ({ owner }, named) => ({ what: `now belongs to ${party(owner, named)}` }),
  AgentTagsChanged: ({ tags }) => ({ what: texts(tags).length === 0 ? 'has no tags any more' : `is tagged ${texts(tags).join(', ')}` }),
  AgentSuspended: because('suspended'),
  AgentResumed: simply('resumed'),
  AgentLeaseRenewed: ({ leaseUntil }) => ({ what: `wanted until ${day(leaseUntil)}` }),
  AgentLeaseExpired: simply('expired: nobody renewed its lease'),
  AgentRetired: because('retired for good'),
  GrantGiven: ({ principal, resourceId, scopes, via }, named) => ({
    what: `${party(principal, named)} let it use ${named(String(resourceId))} by ${VIA[via as keyof typeof VIA]}`, scopes: texts(scopes),
  }),
  GrantWidened: ({ scopes }) => ({ what: 'the grant was widened', scopes: texts(scopes) }),
  GrantNarrowed: ({ scopes }) => ({ what: 'the grant was narrowed', scopes: texts(scopes) }),
  GrantExpiryChanged: ({ expiresAt }) => ({ what: expiresAt === undefined ? 'the grant has no end any more' : `the grant ends ${day(expiresAt)}` }),
  GrantBasisChanged: ({ scopes, trustRuleId }) => ({ what: trustRuleId === undefined ? 'the grant stands on its own' : `the grant rests on the trust rule ${String(trustRuleId)}`, scopes: texts(scopes) }),
  GrantRevoked: because('the grant was revoked'),
  CodeIssued: ({ principal, resourceId, scopes }, named) => ({ what: `was sent a code for ${named(String(resourceId))} on behalf of ${party(principal, named)}`, scopes: texts(scopes) }),
  CodeRedeemed: simply('redeemed the code'),
  CodeReplayed: simply('the code came a second time: everything issued from it is dead'),
  CodeBurned: because('the code was burned'),
  RefreshRotated: ({ generation }) => ({ what: `exchanged its refresh token (number ${String(generation)})` }),
  RefreshReplayedInGrace: simply('sent the same refresh token again in time and got the same successor'),
  RefreshReuseDetected: simply('a refresh token that had been replaced came back: the whole family is dead'),
  AuthorizationRevoked: because('its refresh tokens ended'),
  TokenIssued: ({ resourceId, principal, grantType, actors, scopes, denied, expiresAt, vouchedBy, clientVouchedBy }, named) => ({
    what: `got a token for ${named(String(resourceId))} on behalf of ${party(principal, named)} by ${shortGrant(grantType)}${through(actors, named)}${attested(vouchedBy, clientVouchedBy)}, until ${day(expiresAt)}${withheld(denied)}`, scopes: texts(scopes),
  }),
  TokenDerived: ({ parent }) => ({ what: `its token was made from ${String((parent as Data)['jti'])} and ends with it` }),
  TokenVoided: because('a token was not handed out after all'),
  TokenRefused: ({ resourceId, error, reason, scopes, denied, vouchedBy, clientVouchedBy }, named) => ({
    what: `was refused a token${resourceId === undefined ? '' : ` for ${named(String(resourceId))}`}${attested(vouchedBy, clientVouchedBy)} (told ${String(error)})${withheld(denied)}`, scopes: texts(scopes), reason: String(reason),
  }),
  TokenRevoked: because('a token was revoked'),
  ShadowDecisionDiffered: ({ differences, shadowVersion, times }) => ({
    what: `version ${String(shadowVersion)} of the policy, which only looks on, would have decided otherwise (${(differences as readonly Data[]).map(({ scope, before, after }) => `${scope === '' ? 'access' : String(scope)}: ${String(before)} -> ${String(after)}`).join(', ')})${times === 1 ? '' : `, ${String(times)} times`}`,
  }),
  ClientAuthenticationFailed: ({ endpoint, reason }) => ({ what: `somebody could not prove to be this agent at ${String(endpoint)}`, reason: String(reason) }),
  AssertionRefused: ({ endpoint, reason, clientVouchedBy }) => ({ what: `a token of another issuer was not believed at ${String(endpoint)}${attested(undefined, clientVouchedBy)}`, reason: String(reason) }),
  IssuerKeysRejected: because('the keys of an issuer that is trusted could not be had'),
  AuthorizationRefused: because('its authorization request was turned away'),
  TenantCrossed: ({ what }) => ({ what: `somebody brought its ${String(what).replace('_', ' ')} to another tenant, where it counts for nothing` }),
  ApiCallRefused: ({ operation, reason }) => ({ what: `was turned away from the admin API (${String(operation)})`, reason: String(reason) }),
  FormRefused: ({ userId, form, reason }, named) => ({ what: `a form (${String(form)}) in the name of user ${named(String(userId))} was turned away`, reason: String(reason) }),
  ApprovalRevealed: ({ approvalId }) => ({ what: `was shown what stands in the request ${String(approvalId)}` }),
  PersonalDataRevealed: ({ userIds, claims = ['email', 'name'] }, named) => ({ what: `was told ${texts(claims).join(' and ')} of ${texts(userIds).map(named).join(', ')}` }),
  ConsentDenied: ({ userId, resourceId, scopes }, named) => ({ what: `user ${named(String(userId))} said no to ${named(String(resourceId))}`, scopes: texts(scopes) }),
  BackupStarted: ({ backupId, withMasterKey }) => ({ what: `began to read everything out into the backup ${String(backupId)}${withMasterKey === true ? ', with the master key' : ''}` }),
  BackupTaken: ({ backupId, events, secrets }) => ({ what: `the backup ${String(backupId)} left whole: ${String(events)} events and ${String(secrets)} sealed secrets` }),
  LedgerRestored: ({ backupId, takenAt, sessions }) => ({ what: `the deployment was restored from the backup ${String(backupId)} of ${day(takenAt)}; what was handed out before ${sessions === 'kept' ? 'still counts' : 'counts no more'}` }),
  QuarantineEnded: because('the restored deployment was released'),
  ...signInWords,
  TenantCreated: ({ slug }) => ({ what: `the tenant ${String(slug)} came to be` }),
  RegistrationPolicyChanged: ({ dynamic, metadataDocuments }) => ({ what: `registration is ${String(dynamic)}, metadata documents are ${String(metadataDocuments)}` }),
  DefaultResourceChosen: ({ resourceId }, named) => ({ what: `${named(String(resourceId))} is meant when no resource is named` }),
  TenantSuspended: because('the tenant was suspended'),
  TenantResumed: simply('the tenant was resumed'),
  ResourceRegistered: ({ name, uri }) => ({ what: `the resource "${String(name)}" (${String(uri)}) was registered` }),
  ResourceScopesChanged: ({ resourceId }, named) => ({ what: `the scopes of ${named(String(resourceId))} changed` }),
  ResourceToolsMapped: ({ resourceId }, named) => ({ what: `the tools of ${named(String(resourceId))} were mapped` }),
  ResourceOperatorNamed: ({ resourceId, agentId }, named) => ({
    what: agentId === undefined ? `${named(String(resourceId))} is operated by no agent any more` : `${named(String(agentId))} operates ${named(String(resourceId))} and may exchange the tokens it receives there`,
  }),
  ResourceSecretRotated: ({ resourceId }, named) => ({ what: `${named(String(resourceId))} got a new secret` }),
  ResourceWithdrawn: ({ resourceId, reason }, named) => ({ what: `${named(String(resourceId))} was withdrawn`, reason: String(reason) }),
  TrustRuleAdded: ({ ruleId, name, issuer, platform }) => ({ what: `the rule "${String(name)}" (${String(ruleId)}) trusts tokens of ${String(issuer)} (${String(platform)})` }),
  TrustRuleRemoved: ({ ruleId, reason }) => ({ what: `the trust rule ${String(ruleId)} was removed, and what was issued on it`, reason: String(reason) }),
  ...connectionWords,
  ...peopleWords,
  ...approvalWords,
  PolicyPublished: ({ version }) => ({ what: `version ${String(version)} of the policy was published` }),
  PolicyShadowStarted: ({ version }) => ({ what: `policy version ${String(version)} decides beside the active one, to no effect` }),
  PolicyShadowEnded: ({ version }) => ({ what: `policy version ${String(version)} only looked on, and does no more` }),
  PolicyActivated: ({ version }) => ({ what: `version ${String(version)} of the policy decides from here on` }),
  PolicyRolledBack: ({ version }) => ({ what: `the policy went back to version ${String(version)}` }),
  SigningKeyGenerated: ({ kid, alg }) => ({ what: `the ${String(alg)} key ${String(kid)} was made` }),
  SigningKeyActivated: ({ kid }) => ({ what: `the key ${String(kid)} signs from here on` }),
  SigningKeyRetired: ({ kid }) => ({ what: `the key ${String(kid)} signs nothing more` }),
  SigningKeyRevoked: ({ kid, reason }) => ({ what: `the key ${String(kid)} was revoked, and with it everything it signed`, reason: String(reason) }),
  SigningKeyRemoved: ({ kid }) => ({ what: `the key ${String(kid)} was destroyed` }),
  VaultRotationStarted: ({ provider, secrets }) => ({ what: `another key of ${String(provider)} is to wrap the ${String(secrets)} secrets of the vault` }),
  VaultKeyActivated: ({ keyId }) => ({ what: `the key ${String(keyId)} wraps the vault's secrets from here on` }),
  VaultSecretsRewrapped: ({ round, checked, rewrapped, left, unopened }) => ({ what: `${round === 'first' ? '' : 'once more, '}${String(checked)} secrets of the vault were looked at and ${String(rewrapped)} wrapped anew${left === 0 ? '' : `; ${String(left)} do not open${unopened === undefined ? '' : ` (${texts(unopened).join(', ')})`}`}` }),
  VaultKeyRetired: ({ keyId }) => ({ what: `nothing is under the key ${String(keyId)} any more, and it was destroyed` }),
  VaultRotationFinished: ({ left }) => ({ what: `everything in the vault is under the key that wraps now${left === 0 ? '' : `, but for ${String(left)} secrets that do not open`}` }),
  NameReserved: ({ kind }) => ({ what: `a ${String(kind)} was taken` }),
};

/** What happened, in words. A type that this version does not know is called by its name. */
export const wordsOf = (type: string, data: Data, named: Named): Told =>
  Object.hasOwn(WORDS, type) ? WORDS[type as EventTypes](data, named) : { what: type };
