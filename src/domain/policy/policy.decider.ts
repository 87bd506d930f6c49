import type { Decider } from '../kernel/decider.js';
import { Refusal } from '../kernel/refusal.js';
import { LANGUAGE, type PolicyDocument, readPolicyDocument } from './policy-document.js';
import { type PolicyEvent, policyEvents as on } from './policy.events.js';

interface PublishedPolicy {
  readonly digest: string;
  readonly document: PolicyDocument;
}
export interface PolicyBook {
  readonly versions: ReadonlyMap<number, PublishedPolicy>;
  readonly active: (PublishedPolicy & { readonly version: number }) | undefined;
  /** Some rule that decides may look at what was issued before. */
  readonly looksBack: boolean;
}

export type PolicyCommand =
  | { readonly type: 'PublishPolicy'; readonly document: string; readonly digest: string }
  | { readonly type: 'ActivatePolicy'; readonly version: number }
  | { readonly type: 'RollBackPolicy'; readonly version: number };

/** By the text: a condition that only quotes the word costs a look at history that is not needed, and no more. */
const looksBack = ({ rules }: PolicyDocument): boolean => rules.some(({ condition }) => condition?.includes('history') ?? false);

export const policy: Decider<PolicyBook, PolicyCommand, PolicyEvent> = {
  initial: { versions: new Map(), active: undefined, looksBack: false },

  evolve(state, { type, data }) {
    switch (type) {
      case 'PolicyPublished': {
        const { version, digest, document, language } = data;
        return { ...state, versions: new Map([...state.versions, [version, { digest, document: readPolicyDocument(document, language) }]]) };
      }
      case 'PolicyActivated':
      case 'PolicyRolledBack': {
        const published = state.versions.get(data.version);
        return { ...state, active: published && { ...published, version: data.version }, looksBack: published !== undefined && looksBack(published.document) };
      }
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
    if (state.active?.version === version) return [];
    const { digest } = published;
    return [command.type === 'ActivatePolicy' ? on.PolicyActivated({ version, digest }) : on.PolicyRolledBack({ version, digest })];
  },
};
