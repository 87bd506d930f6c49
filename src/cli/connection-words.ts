import type { connectionEvents } from '../domain/connection/connection.events.js';
import type { credentialEvents } from '../domain/credential/credential.events.js';
import { type Words, attested, because, day, party, simply, texts, withheld } from './words.js';

type Told = keyof typeof connectionEvents | keyof typeof credentialEvents | 'CredentialLent' | 'CredentialLendVoided' | 'CredentialLendRefused';

const PURPOSE = { exchange: 'was given the credential', forward: 'had a call made with the credential' } as const;
const call = (method: unknown, route: unknown): string => (method === undefined ? '' : ` (${String(method)} ${String(route ?? '')})`.replace(' )', ')'));

/** Connections, credentials and what was lent of them, in words. */
export const connectionWords: Readonly<Record<Told, Words>> = {
  ConnectionDefined: ({ name, title }) => ({ what: `the connection ${String(name)} to "${String(title)}" was defined` }),
  ConnectionChanged: ({ connectionId, epoch }, named) => ({ what: `the connection ${named(String(connectionId))} changed (epoch ${String(epoch)})` }),
  ConnectionSecretSet: ({ connectionId }, named) => ({ what: `the hub got another secret for ${named(String(connectionId))}` }),
  ConnectionSuspended: ({ connectionId, reason }, named) => ({ what: `the connection ${named(String(connectionId))} was suspended`, reason: String(reason) }),
  ConnectionResumed: ({ connectionId }, named) => ({ what: `the connection ${named(String(connectionId))} was resumed` }),
  ConnectionRemoved: ({ connectionId, reason }, named) => ({ what: `the connection ${named(String(connectionId))} was removed`, reason: String(reason) }),
  ConnectionShredded: ({ connectionId }, named) => ({ what: `nothing of the connection ${named(String(connectionId))} is in the vault any more` }),
  CredentialStored: ({ connectionId, holder, scopes }, named) => ({ what: `a credential of ${named(String(connectionId))} is held for ${party(holder, named)}`, scopes: texts(scopes) }),
  CredentialRotated: ({ connectionId, holder, scopes }, named) => ({ what: `the credential of ${named(String(connectionId))} for ${party(holder, named)} was replaced`, scopes: texts(scopes) }),
  CredentialRefreshStarted: simply('a credential is being refreshed'),
  CredentialRefreshed: ({ version }) => ({ what: `a credential was refreshed (version ${String(version)})` }),
  CredentialRefreshFailed: because('a credential could not be refreshed'),
  CredentialReauthNeeded: because('a credential has to be connected again'),
  CredentialIntegrityFailed: simply('what the vault holds of a credential is not what was stored; nothing is lent from it'),
  CredentialConnectRefused: ({ connectionId, reason }, named) => ({ what: `an answer of ${named(String(connectionId))} was not believed`, reason: String(reason) }),
  BreakGlassUsed: ({ userId, connectionId, reason }, named) => ({ what: `BREAK GLASS: user ${named(String(userId))} took the secret of ${named(String(connectionId))} out of the vault`, reason: String(reason) }),
  CredentialDestroyed: because('a credential was destroyed'),
  CredentialShredded: ({ revocation }) => ({ what: `a credential is gone from the vault (at the service: ${String(revocation)})` }),
  CredentialLent: ({ connectionId, principal, purpose, method, route, scopes, denied, expiresAt, vouchedBy }, named) => ({
    what: `${PURPOSE[purpose as keyof typeof PURPOSE]} of ${named(String(connectionId))} on behalf of ${party(principal, named)}${call(method, route)}${attested(vouchedBy)}`
      + `${expiresAt === undefined ? '' : `, until ${day(expiresAt)}`}${withheld(denied)}`,
    scopes: texts(scopes),
  }),
  CredentialLendVoided: because('a credential was not lent after all'),
  CredentialLendRefused: ({ connectionId, error, reason, scopes, denied, method, vouchedBy }, named) => ({
    what: `was refused ${named(String(connectionId))}${call(method, undefined)}${attested(vouchedBy)} (told ${String(error)})${withheld(denied)}`, scopes: texts(scopes), reason: String(reason),
  }),
};
