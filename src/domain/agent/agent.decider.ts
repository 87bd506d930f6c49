import type { Decider } from '../kernel/decider.js';
import { Refusal } from '../kernel/refusal.js';
import type { DataOf } from '../kernel/fields.js';
import { type AgentEvent, type ClientMetadata, type Owner, agentEvents as on } from './agent.events.js';

/** A client secret's digest, and until when it works when a newer one has replaced it. */
export interface SecretDigest {
  readonly digest: string;
  readonly until?: number;
}

export type Agent =
  | { readonly status: 'unknown' }
  | {
      readonly status: 'active' | 'suspended' | 'expired' | 'retired';
      readonly agentId: string;
      readonly clientId: string;
      readonly name: string;
      readonly owner: Owner;
      readonly method: 'admin' | 'dynamic' | 'metadata_document' | 'workload';
      readonly trustRuleId?: string;
      readonly metadata: ClientMetadata;
      readonly metadataDigest: string;
      readonly secrets: readonly SecretDigest[];
      readonly leaseUntil?: number;
      readonly tags: readonly string[];
    };
export type KnownAgent = Exclude<Agent, { status: 'unknown' }>;

export type AgentCommand =
  | { readonly type: 'RegisterAgent'; readonly registration: DataOf<typeof on.AgentRegistered.fields>; readonly tags?: readonly string[] }
  | { readonly type: 'ChangeMetadata'; readonly name: string; readonly metadata: ClientMetadata; readonly metadataDigest: string }
  | { readonly type: 'RotateSecret'; readonly secretDigest: string; readonly previousUntil: number }
  | { readonly type: 'ChangeOwner'; readonly owner: Owner }
  | { readonly type: 'ChangeTags'; readonly tags: readonly string[] }
  | { readonly type: 'SuspendAgent'; readonly reason: string }
  | { readonly type: 'ResumeAgent' }
  | { readonly type: 'RenewLease'; readonly leaseUntil: number }
  | { readonly type: 'ExpireLease'; readonly now: number }
  | { readonly type: 'RetireAgent'; readonly reason: string };

const known = (state: Agent): KnownAgent => {
  if (state.status === 'unknown') throw new Refusal('agent.unknown', 'There is no such agent.');
  return state;
};
const living = (state: Agent): KnownAgent => {
  const agent = known(state);
  if (agent.status === 'retired') throw new Refusal('agent.retired', 'The agent is retired, for good.');
  return agent;
};

/** The lifecycle of one agent: registered once, always owned, suspended and resumed, retired for ever. */
export const agent: Decider<Agent, AgentCommand, AgentEvent> = {
  initial: { status: 'unknown' },

  evolve(state, { type, data }) {
    if (type === 'AgentRegistered') {
      const { secretDigest, leaseUntil, ...rest } = data;
      const secrets = secretDigest === undefined ? [] : [{ digest: secretDigest }];
      return { status: 'active', ...rest, secrets, tags: [], ...(leaseUntil === undefined ? {} : { leaseUntil }) };
    }
    if (state.status === 'unknown') return state;
    switch (type) {
      case 'AgentMetadataChanged':
        return { ...state, name: data.name, metadata: data.metadata, metadataDigest: data.metadataDigest };
      case 'AgentSecretRotated': {
        const previous = state.secrets.slice(0, 1).map(({ digest }) => ({ digest, until: data.previousUntil }));
        return { ...state, secrets: [{ digest: data.secretDigest }, ...previous] };
      }
      case 'AgentOwnerChanged':
        return { ...state, owner: data.owner };
      case 'AgentTagsChanged':
        return { ...state, tags: data.tags };
      case 'AgentSuspended':
        return { ...state, status: 'suspended' };
      case 'AgentResumed':
        return { ...state, status: 'active' };
      case 'AgentLeaseRenewed':
        return { ...state, status: state.status === 'expired' ? 'active' : state.status, leaseUntil: data.leaseUntil };
      case 'AgentLeaseExpired':
        return { ...state, status: state.status === 'active' ? 'expired' : state.status };
      case 'AgentRetired':
        return { ...state, status: 'retired' };
    }
  },

  decide(command, state) {
    if (command.type === 'RegisterAgent') {
      if (state.status !== 'unknown') throw new Refusal('agent.exists', 'An agent with this id is registered already.');
      const { registration, tags = [] } = command;
      // Together or not at all: without its tags an agent might be allowed what it must not have.
      return [on.AgentRegistered(registration), ...(tags.length === 0 ? [] : [on.AgentTagsChanged({ agentId: registration.agentId, tags: [...new Set(tags)].sort() })])];
    }
    const { agentId, status, metadataDigest, leaseUntil, tags } = living(state);
    switch (command.type) {
      case 'ChangeMetadata': {
        const { name, metadata } = command;
        if (command.metadataDigest === metadataDigest) return [];
        return [on.AgentMetadataChanged({ agentId, name, metadata, metadataDigest: command.metadataDigest })];
      }
      case 'RotateSecret':
        return [on.AgentSecretRotated({ agentId, secretDigest: command.secretDigest, previousUntil: command.previousUntil })];
      case 'ChangeOwner':
        return [on.AgentOwnerChanged({ agentId, owner: command.owner })];
      case 'ChangeTags': {
        const changed = [...new Set(command.tags)].sort();
        return changed.join('\n') === tags.join('\n') ? [] : [on.AgentTagsChanged({ agentId, tags: changed })];
      }
      case 'SuspendAgent':
        return status === 'suspended' ? [] : [on.AgentSuspended({ agentId, reason: command.reason })];
      case 'ResumeAgent':
        return status === 'suspended' ? [on.AgentResumed({ agentId })] : [];
      case 'RenewLease':
        return [on.AgentLeaseRenewed({ agentId, leaseUntil: command.leaseUntil })];
      case 'ExpireLease':
        // A suspended agent stays suspended: as an expired one it would be back when its lease is renewed.
        return leaseUntil !== undefined && leaseUntil <= command.now && status === 'active' ? [on.AgentLeaseExpired({ agentId })] : [];
      case 'RetireAgent':
        return [on.AgentRetired({ agentId, reason: command.reason })];
    }
  },
};
