import { Injectable } from '@nestjs/common';
import { LiveState } from '../../commands/live-state.js';
import { type KnownAgent, agent } from '../../domain/agent/agent.decider.js';
import { type KnownApproval, approval } from '../../domain/approval/approval.decider.js';
import { type KnownGrant, grant } from '../../domain/grant/grant.decider.js';
import { type KnownConnection, connection } from '../../domain/connection/connection.decider.js';
import { type KnownCredential, credential } from '../../domain/credential/credential.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { type KnownResource, resource } from '../../domain/resource/resource.decider.js';
import { type TrustBook, ruleNamed, trust } from '../../domain/trust/trust.decider.js';
import type { TrustRule } from '../../domain/trust/trust.events.js';
import { type KnownUser, user } from '../../domain/user/user.decider.js';
import { unknownThing } from './path-parameters.js';

/** Single things as they are now, from the live state: never stale. Another tenant's things are unknown like any other. */
@Injectable()
export class Present {
  constructor(private readonly live: LiveState) {}

  async agent(tenant: string, id: string): Promise<KnownAgent> {
    const { state } = await this.live.entry(agent, streams.agent(id), tenant);
    if (state.status === 'unknown') throw unknownThing('agent_id');
    return state;
  }

  async user(tenant: string, id: string): Promise<KnownUser> {
    const { state } = await this.live.entry(user, streams.user(id), tenant);
    if (state.status === 'unknown') throw unknownThing('user_id');
    return state;
  }

  async resource(tenant: string, id: string): Promise<KnownResource> {
    const { state } = await this.live.entry(resource, streams.resource(id), tenant);
    if (state.status === 'unknown') throw unknownThing('resource_id');
    return state;
  }

  async connection(tenant: string, id: string): Promise<KnownConnection> {
    const { state } = await this.live.entry(connection, streams.connection(id), tenant);
    if (state.status === 'unknown') throw unknownThing('connection_id');
    return state;
  }

  async credential(tenant: string, id: string): Promise<KnownCredential> {
    const { state } = await this.live.entry(credential, streams.credential(id), tenant);
    if (state.status === 'none') throw unknownThing('credential_id');
    return state;
  }

  async approval(tenant: string, id: string): Promise<KnownApproval> {
    const { state } = await this.live.entry(approval, streams.approval(id), tenant);
    if (state.status === 'unknown') throw unknownThing('approval_id');
    return state;
  }

  async grant(tenant: string, id: string): Promise<KnownGrant> {
    const { state } = await this.live.entry(grant, streams.grant(id), tenant);
    if (state.status === 'none') throw unknownThing('grant_id');
    return state;
  }

  async trustRules(tenant: string): Promise<TrustBook['rules']> {
    return (await this.live.entry(trust, streams.trust(tenant), tenant)).state.rules;
  }

  async trustRule(tenant: string, id: string): Promise<TrustRule> {
    const found = ruleNamed({ rules: await this.trustRules(tenant) }, id);
    if (!found) throw unknownThing('rule_id');
    return found;
  }
}
