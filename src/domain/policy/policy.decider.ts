import type { Decider } from '../kernel/decider.js';
import { Refusal } from '../kernel/refusal.js';
import { LANGUAGE, type PolicyDocument, readPolicyDocument } from './policy-document.js';
import { type PolicyEvent, policyEvents as on } from './policy.events.js';

/** retired: it decided once, and a newer one took its place. rolled_back: it decided, and an earlier one took its place again. */
export type PolicyState = 'draft' | 'shadow' | 'active' | 'retired' | 'rolled_back';
export interface PublishedPolicy {
  readonly digest: string;
  readonly document: PolicyDocument;
  readonly state: PolicyState;
}
export type PolicyVersion = PublishedPolicy & { readonly version: number };
export interface PolicyBook {
  readonly versions: ReadonlyMap<number, PublishedPolicy>;
  readonly active: PolicyVersion | undefined;
  /** Decides beside the active one, to no effect. */
  readonly shadow: PolicyVersion | undefined;
  /** Some rule of either may look at what was issued before. */
  readonly looksBack: boolean;
}

export type PolicyCommand =
  | { readonly type: 'PublishPolicy'; readonly document: string; readonly digest: string }
  | { readonly type: 'ShadowPolicy'; readonly version: number }
  | { readonly type: 'EndShadow'; readonly version: number }
  | { readonly type: 'ActivatePolicy'; readonly version: number }
  | { readonly type: 'RollBackPolicy'; readonly version: number };

/** By the text: a condition that only quotes the word costs a look at history that is not needed, and no more. */
const looksBack = (policy: PolicyVersion | undefined): boolean => policy?.document.rules.some(({ condition }) => condition?.includes('history')) ?? false;

/** The versions in new states; `active` and `shadow` are found in them. */
const bookOf = (before: PolicyBook, states: readonly (readonly [number | undefined, PolicyState])[]): PolicyBook => {
  const versions = new Map(before.versions);
  for (const [version, state] of states) {
    const published = version === undefined ? undefined : versions.get(version);
    if (published) versions.set(version!, { ...published, state });
  }
  const inState = (wanted: PolicyState): PolicyVersion | undefined => {
    const [found] = [...versions].filter(([, { state }]) => state === wanted);
    return found && { ...found[1], version: found[0] };
  };
  const [active, shadow] = [inState('active'), inState('shadow')];
  return { versions, active, shadow, looksBack: looksBack(active) || looksBack(shadow) };
};

/** What becomes of whatever decided until now. */
const successor = (state: PolicyBook, version: number, left: 'retired' | 'rolled_back'): PolicyBook =>
  bookOf(state, [[state.active?.version, left], [version, 'active']]);

export const policy: Decider<PolicyBook, PolicyCommand, PolicyEvent> = {
  initial: { versions: new Map(), active: undefined, shadow: undefined, looksBack: false },

  evolve(state, { type, data }) {
    switch (type) {
      case 'PolicyPublished': {
        const { version, digest, document, language } = data;
        return { ...state, versions: new Map([...state.versions, [version, { digest, document: readPolicyDocument(document, language), state: 'draft' }]]) };
      }
      case 'PolicyShadowStarted':
        return bookOf(state, [[state.shadow?.version, 'draft'], [data.version, 'shadow']]);
      case 'PolicyShadowEnded':
        return bookOf(state, [[data.version, 'draft']]);
      case 'PolicyActivated':
        return successor(state, data.version, 'retired');
      case 'PolicyRolledBack':
        return successor(state, data.version, 'rolled_back');
    }
  },

  decide(command, state) {
    if (command.type === 'PublishPolicy') {
      readPolicyDocument(command.document, LANGUAGE);
      const version = Math.max(0, ...state.versions.keys()) + 1;
      return [on.PolicyPublished({ version, document: command.document, digest: command.digest, language: LANGUAGE })];
    }
    const { version } = command;
    const published = state.versions.get(version);
    if (!published) throw new Refusal('policy.version_unknown', `There is no version ${version} of the policy.`);
    const { digest } = published;
    switch (command.type) {
      case 'ShadowPolicy':
        if (published.state === 'active') throw new Refusal('policy.active', `Version ${version} decides already. Only another one can decide beside it.`);
        return published.state === 'shadow' ? [] : [on.PolicyShadowStarted({ version, digest })];
      case 'EndShadow':
        return published.state === 'shadow' ? [on.PolicyShadowEnded({ version, digest })] : [];
      case 'ActivatePolicy':
        return published.state === 'active' ? [] : [on.PolicyActivated({ version, digest })];
      case 'RollBackPolicy':
        return published.state === 'active' ? [] : [on.PolicyRolledBack({ version, digest })];
    }
  },
};
