import { Injectable } from '@nestjs/common';
import { LiveState } from '../../../commands/live-state.js';
import { DraftPolicy } from '../../../commands/policies/draft-policy.js';
import { secondLook } from '../../../commands/second-look.js';
import { streams } from '../../../domain/kernel/ids.js';
import { type PolicyBook, type PolicyVersion, policy } from '../../../domain/policy/policy.decider.js';
import { notValid } from '../admin-problems.js';
import { unknownThing } from '../path-parameters.js';

/** The versions of a tenant's policy as requests name them. */
@Injectable()
export class PolicyVersions {
  constructor(private readonly live: LiveState, private readonly drafts: DraftPolicy) {}

  async book(tenant: string): Promise<PolicyBook> {
    return (await this.live.entry(policy, streams.policy(tenant), tenant)).state;
  }

  /** Throws the 404 of a version. */
  async one(tenant: string, version: number): Promise<PolicyVersion> {
    const found = await secondLook(this.live, async () => (await this.book(tenant)).versions.get(version), (one) => one !== undefined);
    if (!found) throw unknownThing('version');
    return { ...found, version };
  }

  async active(tenant: string): Promise<PolicyVersion> {
    const { active } = await this.book(tenant);
    if (!active) throw unknownThing('version');
    return active;
  }

  /** A published version, a document that comes with the request, or undefined when neither is named. Throws 422 for both. */
  async named(tenant: string, { version, document }: { readonly version?: number | undefined; readonly document?: object | undefined }): Promise<PolicyVersion | undefined> {
    if (version !== undefined && document !== undefined) throw notValid('The body is not valid. Name a version or give a document, not both.');
    if (document !== undefined) return this.drafts.of(JSON.stringify(document, null, 2));
    return version === undefined ? undefined : this.one(tenant, version);
  }
}
