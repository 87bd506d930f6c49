import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { LiveState } from '../../../commands/live-state.js';
import { ActivatePolicy } from '../../../commands/policies/activate-policy.js';
import { PublishPolicy } from '../../../commands/policies/publish-policy.js';
import { streams } from '../../../domain/kernel/ids.js';
import { type PolicyBook, policy } from '../../../domain/policy/policy.decider.js';
import type { AnswerOf, CallAt, CallOf } from '../endpoint.js';
import { On } from '../on.js';
import { unknownThing } from '../path-parameters.js';
import { LockOut } from './lock-out.js';
import { policyEndpoints as endpoints } from './policies.endpoints.js';

type Version = AnswerOf<typeof endpoints.read>;

/** The tenant's rules, version by version, from the live state: what decides is what is shown. */
@Controller()
export class PoliciesController {
  constructor(private readonly bus: CommandBus, private readonly live: LiveState, private readonly lockOut: LockOut) {}

  @On(endpoints.list)
  async list({ tenant }: CallOf<typeof endpoints.list>) {
    const { versions, active } = await this.book(tenant.id);
    return { items: [...versions].map(([version, { digest }]) => ({ version, digest, active: active?.version === version })), next: null };
  }

  @On(endpoints.read)
  read({ tenant, parameters }: CallOf<typeof endpoints.read>): Promise<Version> {
    return this.version(tenant.id, Number(parameters.version));
  }

  @On(endpoints.publish)
  async publish(call: CallOf<typeof endpoints.publish>): Promise<Version> {
    const { version, position } = await this.bus.execute(new PublishPolicy(JSON.stringify(call.body.document, null, 2), call.context));
    call.wrote(position);
    return this.version(call.tenant.id, version);
  }

  @On(endpoints.activate)
  activate(call: CallOf<typeof endpoints.activate>): Promise<Version> {
    return this.decideBy(call, 'ActivatePolicy');
  }

  @On(endpoints.rollBack)
  rollBack(call: CallOf<typeof endpoints.rollBack>): Promise<Version> {
    return this.decideBy(call, 'RollBackPolicy');
  }

  private async decideBy(call: CallAt<'version'>, how: ActivatePolicy['how']): Promise<Version> {
    const version = Number(call.parameters.version);
    await this.lockOut.check(call, version);
    call.wrote(await this.bus.execute(new ActivatePolicy(version, how, call.context)));
    return this.version(call.tenant.id, version);
  }

  private async version(tenant: string, version: number): Promise<Version> {
    const { versions, active } = await this.book(tenant);
    const found = versions.get(version);
    if (!found) throw unknownThing('version');
    return { version, digest: found.digest, active: active?.version === version, document: { ...found.document } };
  }

  private async book(tenant: string): Promise<PolicyBook> {
    return (await this.live.entry(policy, streams.policy(tenant), tenant)).state;
  }
}
