import type { Decider } from '../kernel/decider.js';
import { Refusal } from '../kernel/refusal.js';
import { type CredentialEvent, type CredentialVersion, type Holder, credentialEvents as on } from './credential.events.js';

export type Credential =
  | { readonly status: 'none' }
  | (CredentialVersion & {
      /** 'distrusted': what the vault gave was not what had been put there. */
      readonly status: 'live' | 'needs_reauth' | 'distrusted' | 'destroyed';
      readonly credentialId: string;
      readonly connectionId: string;
      readonly connectionEpoch: number;
      readonly holder: Holder;
      /** NumericDate of this version. */
      readonly at: number;
      readonly refresh?: { readonly attempt: string; readonly until: number };
      /** After a failure that may pass: not before then. */
      readonly retryAt?: number;
      /** How often the service gave no new token since it last gave one. */
      readonly failures?: number;
      /** Destroyed, and gone from the vault too. */
      readonly shredded: boolean;
    });
export type KnownCredential = Exclude<Credential, { status: 'none' }>;

export type CredentialCommand =
  | ({ readonly type: 'StoreCredential'; readonly credentialId: string; readonly connectionId: string; readonly connectionEpoch: number; readonly holder: Holder;
      readonly via: 'connect' | 'client_credentials' | 'upload'; readonly at: number } & Omit<CredentialVersion, 'version'>)
  | { readonly type: 'StartRefresh'; readonly credentialId: string; readonly attempt: string; readonly now: number; readonly until: number }
  | ({ readonly type: 'FinishRefresh'; readonly attempt: string; readonly at: number } & Omit<CredentialVersion, 'version' | 'kind'>)
  /** `final`: the service will not give a new token for what is held. */
  | { readonly type: 'FailRefresh'; readonly attempt: string; readonly reason: string; readonly final: boolean; readonly retryAt: number }
  | { readonly type: 'DistrustCredential'; readonly secretId: string }
  | { readonly type: 'RefuseConnect'; readonly credentialId: string; readonly connectionId: string; readonly holder: Holder; readonly reason: string }
  | { readonly type: 'UseBreakGlass'; readonly userId: string; readonly agentId: string; readonly authTime: number; readonly reason: string }
  | { readonly type: 'DestroyCredential'; readonly reason: string }
  | { readonly type: 'ShredCredential'; readonly revocation: 'revoked' | 'failed' | 'not_offered' };

const live = (state: Credential): KnownCredential => {
  if (state.status === 'none' || state.status === 'destroyed') throw new Refusal('credential.unknown', 'There is no such credential.');
  return state;
};
/** An answer to an attempt that no longer counts: somebody else asked since, or something else was stored. */
const current = (state: Credential, attempt: string): KnownCredential => {
  const known = live(state);
  if (known.refresh?.attempt !== attempt) throw new Refusal('credential.superseded', 'Another refresh has taken the place of this one.');
  return known;
};
const settled = ({ refresh: _, retryAt: __, ...rest }: KnownCredential): KnownCredential => rest;

/** One secret of a service, held for somebody. One refresh is in flight at most: the claim on it is an event (VA-11, F-06). */
export const credential: Decider<Credential, CredentialCommand, CredentialEvent> = {
  initial: { status: 'none' },

  evolve(state, { type, data }) {
    if (type === 'CredentialStored' || type === 'CredentialRotated') {
      const { via: _, ...rest } = data;
      return { status: 'live', shredded: false, ...rest };
    }
    if (state.status === 'none') return state;
    switch (type) {
      case 'CredentialRefreshStarted':
        return { ...state, refresh: { attempt: data.attempt, until: data.until } };
      case 'CredentialRefreshed': {
        const { attempt: _, ...rest } = data;
        const { connectionId, connectionEpoch, holder, shredded } = state;
        return { status: 'live', connectionId, connectionEpoch, holder, shredded, ...rest };
      }
      case 'CredentialRefreshFailed':
        return { ...settled(state), failures: (state.failures ?? 0) + 1, ...(data.retryAt === undefined ? {} : { retryAt: data.retryAt }) };
      case 'CredentialReauthNeeded':
        return { ...settled(state), status: 'needs_reauth' };
      case 'CredentialIntegrityFailed':
        return { ...settled(state), status: 'distrusted' };
      case 'CredentialDestroyed':
        return { ...settled(state), status: 'destroyed' };
      case 'CredentialShredded':
        return { ...state, shredded: true };
      case 'CredentialConnectRefused':
      case 'BreakGlassUsed':
        return state;
    }
  },

  decide(command, state) {
    switch (command.type) {
      case 'StoreCredential': {
        const { type: _, ...given } = command;
        const version = state.status === 'none' ? 1 : state.version + 1;
        return [state.status === 'live' ? on.CredentialRotated({ ...given, version }) : on.CredentialStored({ ...given, version })];
      }
      case 'StartRefresh': {
        const { credentialId, attempt, now, until } = command;
        const known = live(state);
        if (known.status !== 'live') throw new Refusal(known.status === 'distrusted' ? 'credential.distrusted' : 'credential.needs_reauth', 'The credential has to be connected anew.');
        // A claim whose time is over is of a node that died: what it learned is lost, and asking again tells how things stand.
        if (known.refresh && known.refresh.until > now) throw new Refusal('credential.refreshing', 'The credential is being refreshed.');
        if (known.retryAt !== undefined && known.retryAt > now) throw new Refusal('credential.refresh_failed', 'The service gave no new token a moment ago.');
        return [on.CredentialRefreshStarted({ credentialId, attempt, until })];
      }
      case 'FinishRefresh': {
        const { type: _, attempt, ...given } = command;
        const { credentialId, version, kind } = current(state, attempt);
        return [on.CredentialRefreshed({ credentialId, attempt, kind, version: version + 1, ...given })];
      }
      case 'FailRefresh': {
        const { attempt, reason, final, retryAt } = command;
        const { credentialId } = current(state, attempt);
        const failed = on.CredentialRefreshFailed({ credentialId, attempt, reason, ...(final ? {} : { retryAt }) });
        return final ? [failed, on.CredentialReauthNeeded({ credentialId, reason })] : [failed];
      }
      case 'DistrustCredential': {
        const known = live(state);
        // What was read may have been replaced since; then nothing is wrong with what is there now.
        if (known.status === 'distrusted' || known.secretId !== command.secretId) return [];
        return [on.CredentialIntegrityFailed({ credentialId: known.credentialId, secretId: command.secretId })];
      }
      case 'RefuseConnect': {
        const { type: _, ...refused } = command;
        return [on.CredentialConnectRefused(refused)];
      }
      case 'UseBreakGlass': {
        const { type: _, ...used } = command;
        const { credentialId, connectionId, secretId, fingerprint } = live(state);
        return [on.BreakGlassUsed({ credentialId, connectionId, secretId, fingerprint, ...used })];
      }
      case 'DestroyCredential':
        if (state.status === 'destroyed') return [];
        return [on.CredentialDestroyed({ credentialId: live(state).credentialId, reason: command.reason })];
      case 'ShredCredential':
        if (state.status !== 'destroyed' || state.shredded) return [];
        return [on.CredentialShredded({ credentialId: state.credentialId, revocation: command.revocation })];
    }
  },
};
