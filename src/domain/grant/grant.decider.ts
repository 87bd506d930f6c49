import type { Decider } from '../kernel/decider.js';
import { Refusal } from '../kernel/refusal.js';
import { type GrantEvent, grantEvents as on } from './grant.events.js';
import type { TrustBook } from '../trust/trust.decider.js';
import type { Principal } from './principal.js';
import { type Resting, hasLostTrust, restingAfter, ruleBehind } from './resting.js';

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
      readonly via: 'consent' | 'admin' | 'identity_provider';
      readonly metadataDigest: string;
      readonly expiresAt?: number;
      /** Undefined where nothing of it does. */
      readonly restsOn?: readonly Resting[];
    };
export type KnownGrant = Exclude<Grant, { status: 'none' }>;

export type GrantCommand =
  | {
      readonly type: 'GiveGrant'; readonly grantId: string; readonly agentId: string; readonly principal: Principal;
      readonly resourceId: string; readonly scopes: readonly string[]; readonly via: 'consent' | 'admin' | 'identity_provider';
      readonly consentDigest?: string; readonly metadataDigest: string; readonly now: number;
      /** Null: without an end. Left out: a grant that is there keeps the end it has, a new one has none. */
      readonly expiresAt?: number | null | undefined;
      /** The rule on which another issuer's word gives it. */
      readonly trustRuleId?: string;
      /** What the tenant believes now: what rests on nothing any more is given anew. */
      readonly trust?: TrustBook;
    }
  | { readonly type: 'NarrowGrant'; readonly scopes: readonly string[] }
  | { readonly type: 'RevokeGrant'; readonly reason: string };

type Give = Extract<GrantCommand, { type: 'GiveGrant' }>;

const covers = (have: readonly string[], want: readonly string[]): boolean => want.every((scope) => have.includes(scope));

/** Judged at use: nobody records that a grant has run out. */
export const hasRunOut = ({ expiresAt }: KnownGrant, now: number): boolean => expiresAt !== undefined && expiresAt <= now;

/** `own`: what was given otherwise, and stays. */
const give = ({ type: _, now: __, trust: ___, trustRuleId, expiresAt, ...given }: Give, epoch: number, own: readonly string[] = []): readonly GrantEvent[] => {
  const { grantId, scopes } = given;
  return [
    on.GrantGiven({ ...given, scopes: [...new Set([...own, ...scopes])], ...endOf(expiresAt), epoch }),
    ...(trustRuleId === undefined ? [] : [on.GrantBasisChanged({ grantId, scopes: scopes.filter((scope) => !own.includes(scope)), trustRuleId })]),
  ];
};
const endOf = (expiresAt: number | null | undefined): { readonly expiresAt?: number } => (typeof expiresAt === 'number' ? { expiresAt } : {});

/** Given, and not on another issuer's word. */
const stands = ({ scopes, restsOn }: KnownGrant, scope: string): boolean => scopes.includes(scope) && ruleBehind(restsOn, scope) === undefined;

/** What a grant in force lacks of what is given now. */
const extend = (state: KnownGrant, { scopes: wanted, metadataDigest, consentDigest, expiresAt, trustRuleId }: Give): readonly GrantEvent[] => {
  const { grantId } = state;
  const agreed = { grantId, scopes: [...new Set([...state.scopes, ...wanted])], metadataDigest, ...(consentDigest === undefined ? {} : { consentDigest }) };
  const { expiresAt: end } = endOf(expiresAt);
  // What a person or an administrator gives stands on its own; another issuer's word adds what was not given otherwise.
  const others = wanted.filter((scope) => ruleBehind(state.restsOn, scope) !== trustRuleId && (trustRuleId === undefined || !stands(state, scope)));
  return [
    ...(covers(state.scopes, wanted) ? [] : [on.GrantWidened(agreed)]),
    ...(others.length === 0 ? [] : [on.GrantBasisChanged({ grantId, scopes: others, ...(trustRuleId === undefined ? {} : { trustRuleId }) })]),
    ...(expiresAt === undefined || end === state.expiresAt ? [] : [on.GrantExpiryChanged({ grantId, ...endOf(expiresAt) })]),
  ];
};

const resting = ({ restsOn: _, ...state }: KnownGrant, restsOn: readonly Resting[]): KnownGrant => (restsOn.length === 0 ? state : { ...state, restsOn });

/** Agent x principal x resource. An epoch ends by revocation, with its time, or when the client changes; what was issued under it stays dead when consent is given anew. */
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
        return state.status === 'none' ? state : resting({ ...state, scopes: data.scopes }, state.restsOn?.filter(({ scope }) => data.scopes.includes(scope)) ?? []);
      case 'GrantBasisChanged':
        return state.status === 'none' ? state : resting(state, restingAfter(state.restsOn, data));
      case 'GrantExpiryChanged': {
        if (state.status === 'none') return state;
        const { expiresAt: _, ...rest } = state;
        return { ...rest, ...endOf(data.expiresAt) };
      }
      case 'GrantRevoked':
        return state.status === 'none' ? state : { ...state, status: 'revoked' };
    }
  },

  decide(command, state) {
    if (command.type === 'GiveGrant') {
      if (state.status === 'none') return give(command, 0);
      // What has run out is as over as what was revoked: given anew, it brings nothing back that was issued before.
      if (state.status === 'revoked' || hasRunOut(state, command.now)) return give(command, state.epoch + 1);
      // What was agreed with the client as it was does not carry over to what it is now (CM-13, DC-07): whoever got a token
      // while the client was somebody else's must not have it back when the person agrees to the rightful one.
      if (state.metadataDigest !== command.metadataDigest) return give({ ...command, expiresAt: command.expiresAt === undefined ? state.expiresAt : command.expiresAt }, state.epoch + 1);
      // What ended with the trust that gave it does not come back with it: what was issued on it then stays dead.
      const hasEnded = command.trust !== undefined && state.scopes.some((scope) => hasLostTrust(state.restsOn, scope, command.trust, command.now));
      if (hasEnded) return give({ ...command, expiresAt: command.expiresAt === undefined ? state.expiresAt : command.expiresAt }, state.epoch + 1, state.scopes.filter((scope) => stands(state, scope)));
      return extend(state, command);
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
