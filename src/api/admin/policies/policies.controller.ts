import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ActivatePolicy } from '../../../commands/policies/activate-policy.js';
import { PublishPolicy } from '../../../commands/policies/publish-policy.js';
import { ShadowPolicy } from '../../../commands/policies/shadow-policy.js';
import { diffPolicies } from '../../../domain/policy/diff-policies.js';
import { policySchema } from '../../../domain/policy/policy-document.js';
import type { PolicyVersion } from '../../../domain/policy/policy.decider.js';
import type { AnswerOf, CallAt, CallOf } from '../endpoint.js';
import { On } from '../on.js';
import { LockOut } from './lock-out.js';
import { policyEndpoints as endpoints } from './policies.endpoints.js';
import { PolicyVersions } from './policy-versions.js';

type Version = AnswerOf<typeof endpoints.read>;

/** The tenant's rules, version by version, from the live state: what decides is what is shown. */
@Controller()
export class PoliciesController {
  constructor(private readonly bus: CommandBus, private readonly versions: PolicyVersions, private readonly lockOut: LockOut) {}

  @On(endpoints.list)
  async list({ tenant }: CallOf<typeof endpoints.list>) {
    const { versions } = await this.versions.book(tenant.id);
    return { items: [...versions].map(([version, published]) => shown({ ...published, version })), next: null };
  }

  @On(endpoints.schema)
  async schema(_: CallOf<typeof endpoints.schema>) {
    return policySchema;
  }

  @On(endpoints.read)
  read({ tenant, parameters }: CallOf<typeof endpoints.read>): Promise<Version> {
    return this.version(tenant.id, Number(parameters.version));
  }

  @On(endpoints.diff)
  async diff({ tenant, parameters, query }: CallOf<typeof endpoints.diff>) {
    const after = await this.versions.one(tenant.id, Number(parameters.version));
    const before = query.from === undefined ? await this.versions.active(tenant.id) : await this.versions.one(tenant.id, query.from);
    return { before: before.version, after: after.version, ...diffPolicies(before.document, after.document) };
  }

  @On(endpoints.publish)
  async publish(call: CallOf<typeof endpoints.publish>): Promise<Version> {
    const { version, position } = await this.bus.execute(new PublishPolicy(JSON.stringify(call.body.document, null, 2), call.context));
    call.wrote(position);
    return this.version(call.tenant.id, version);
  }

  @On(endpoints.shadow)
  shadow(call: CallOf<typeof endpoints.shadow>): Promise<Version> {
    return this.changeShadow(call, 'ShadowPolicy');
  }

  @On(endpoints.endShadow)
  endShadow(call: CallOf<typeof endpoints.endShadow>): Promise<Version> {
    return this.changeShadow(call, 'EndShadow');
  }

  @On(endpoints.activate)
  activate(call: CallOf<typeof endpoints.activate>): Promise<Version> {
    return this.decideBy(call, 'ActivatePolicy');
  }

  @On(endpoints.rollBack)
  rollBack(call: CallOf<typeof endpoints.rollBack>): Promise<Version> {
    return this.decideBy(call, 'RollBackPolicy');
  }

  private async changeShadow(call: CallAt<'version'>, how: ShadowPolicy['how']): Promise<Version> {
    const version = Number(call.parameters.version);
    call.wrote(await this.bus.execute(new ShadowPolicy(version, how, call.context)));
    return this.version(call.tenant.id, version);
  }

  private async decideBy(call: CallAt<'version'>, how: ActivatePolicy['how']): Promise<Version> {
    const version = Number(call.parameters.version);
    await this.lockOut.check(call, version);
    call.wrote(await this.bus.execute(new ActivatePolicy(version, how, call.context)));
    return this.version(call.tenant.id, version);
  }

  private async version(tenant: string, version: number): Promise<Version> {
    const found = await this.versions.one(tenant, version);
    return { ...shown(found), document: { ...found.document } };
  }
}

const shown = ({ version, digest, state }: PolicyVersion) => ({ version, digest, active: state === 'active', state });
