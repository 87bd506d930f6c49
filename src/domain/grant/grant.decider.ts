import type { Decider } from '../kernel/decider.js';
import { Refusal } from '../kernel/refusal.js';
import { type GrantEvent, grantEvents as on } from './grant.events.js';
import type { Principal } from './principal.js';

export type Grant =
  | { readonly status: 'none' }
  | {
      readonly status: 'active' | 'revoked';
      readonly grantId: string;
      readonly agentId: string;
      readonly principal: Principal;
      readonly resourceId: string;
      readonly scopes: readonly string[];
      readonly epoch: number;
      readonly via: 'consent' | 'admin';
      readonly metadataDigest: string;
      readonly expiresAt?: number;
    };
export type KnownGrant = Exclude<Grant, { status: 'none' }>;

export type GrantCommand =
  | {
      readonly type: 'GiveGrant'; readonly grantId: string; readonly agentId: string; readonly principal: Principal;
      readonly resourceId: string; readonly scopes: readonly string[]; readonly via: 'consent' | 'admin';
      readonly consentDigest?: string; readonly metadataDigest: string; readonly expiresAt?: number;
    }
  | { readonly type: 'NarrowGrant'; readonly scopes: readonly string[] }
  | { readonly type: 'RevokeGrant'; readonly reason: string };

const covers = (have: readonly string[], want: readonly string[]): boolean => want.every((scope) => have.includes(scope));

/** Agent x principal x resource. Revoking ends an epoch; what was issued under it stays dead when consent is given anew. */
export const grant: Decider<Grant, GrantCommand, GrantEvent> = {
  initial: { status: 'none' },

  evolve(state, { type, data }) {
    switch (type) {
      case 'GrantGiven': {
        const { consentDigest: _, ...rest } = data;
        return { status: 'active', ...rest };
      }
      case 'GrantWidened':
        return state.status === 'none' ? state : { ...state, scopes: data.scopes, metadataDigest: data.metadataDigest };
      case 'GrantNarrowed':
        return state.status === 'none' ? state : { ...state, scopes: data.scopes };
      case 'GrantRevoked':
        return state.status === 'none' ? state : { ...state, status: 'revoked' };
    }
  },

  decide(command, state) {
    if (command.type === 'GiveGrant') {
      const { type: _, ...given } = command;
      if (state.status !== 'active') return [on.GrantGiven({ ...given, epoch: state.status === 'none' ? 0 : state.epoch + 1 })];
      if (covers(state.scopes, given.scopes) && state.metadataDigest === given.metadataDigest) return [];
      const { grantId, metadataDigest, consentDigest } = given;
      // What was agreed with the client as it was does not carry over to what it is now (CM-13).
      const kept = state.metadataDigest === metadataDigest ? state.scopes : [];
      const scopes = [...new Set([...kept, ...given.scopes])];
      return [on.GrantWidened({ grantId, scopes, metadataDigest, ...(consentDigest === undefined ? {} : { consentDigest }) })];
    }
    if (state.status === 'none') throw new Refusal('grant.unknown', 'There is no such grant.');
    const { grantId } = state;
    switch (command.type) {
      case 'NarrowGrant': {
        if (state.status === 'revoked') throw new Refusal('grant.revoked', 'The grant is revoked.');
        if (!covers(state.scopes, command.scopes)) throw new Refusal('grant.scopes_empty', 'Narrowing can only take scopes away.');
        return covers(command.scopes, state.scopes) ? [] : [on.GrantNarrowed({ grantId, scopes: command.scopes })];
      }
      case 'RevokeGrant':
        return state.status === 'revoked' ? [] : [on.GrantRevoked({ grantId, reason: command.reason })];
    }
  },
};
