import { Injectable } from '@nestjs/common';
import type { Fold, LiveEntry } from '../../commands/live-entry.js';
import { LiveState } from '../../commands/live-state.js';
import { secondLook } from '../../commands/second-look.js';
import { agent } from '../../domain/agent/agent.decider.js';
import { approval } from '../../domain/approval/approval.decider.js';
import { grant } from '../../domain/grant/grant.decider.js';
import { connection } from '../../domain/connection/connection.decider.js';
import { credential } from '../../domain/credential/credential.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { resource } from '../../domain/resource/resource.decider.js';
import { type TrustBook, ruleNamed, trust } from '../../domain/trust/trust.decider.js';
import type { TrustRule } from '../../domain/trust/trust.events.js';
import { user } from '../../domain/user/user.decider.js';
import { type ParameterName, unknownThing } from './path-parameters.js';

type Nothing = { readonly status: 'unknown' | 'none' };

/** Single things as they are now, from the live state: never stale. Another tenant's things are unknown like any other. */
@Injectable()
export class Present {
  constructor(private readonly live: LiveState) {}

  readonly agent = this.named(agent, streams.agent, 'agent_id');
  readonly user = this.named(user, streams.user, 'user_id');
  readonly resource = this.named(resource, streams.resource, 'resource_id');
  readonly connection = this.named(connection, streams.connection, 'connection_id');
  readonly credential = this.named(credential, streams.credential, 'credential_id');
  readonly approval = this.named(approval, streams.approval, 'approval_id');
  readonly grant = this.named(grant, streams.grant, 'grant_id');

  async trustRules(tenant: string): Promise<TrustBook['rules']> {
    return (await this.live.entry(trust, streams.trust(tenant), tenant)).state.rules;
  }

  async trustRule(tenant: string, id: string): Promise<TrustRule> {
    const found = await secondLook(this.live, async () => ruleNamed({ rules: await this.trustRules(tenant) }, id), (rule) => rule !== undefined);
    if (!found) throw unknownThing('rule_id');
    return found;
  }

  private named<S extends { readonly status: string }>(fold: Fold<S>, stream: (id: string) => string, name: ParameterName) {
    return async (tenant: string, id: string): Promise<Exclude<S, Nothing>> => {
      const isThere = ({ state }: LiveEntry<S>): boolean => state.status !== 'unknown' && state.status !== 'none';
      const found = await secondLook(this.live, () => this.live.entry(fold, stream(id), tenant), isThere);
      if (!isThere(found)) throw unknownThing(name);
      return found.state as Exclude<S, Nothing>;
    };
  }
}
