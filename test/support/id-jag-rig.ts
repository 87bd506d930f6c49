import type { RegisteredAgent } from '../../src/commands/agents/register-agent.js';
import { AddTrustRule } from '../../src/commands/trust/add-trust-rule.js';
import { Write } from '../../src/commands/write.js';
import { identityProviders } from '../../src/domain/idp/idp.decider.js';
import { streams } from '../../src/domain/kernel/ids.js';
import { letAgentsIn } from '../api/admin/admin-rig.js';
import { NOTES, SERVICE_CLIENT, type TestHub, basic, startHub } from './hub.js';
import type { JsonAnswer } from './hub-over-http.js';
import { PlatformIssuer } from './platform-issuer.js';
import { JWT_BEARER } from './workload-rig.js';

export const IDP = 'https://idp.acme.example';
export const PROVIDER_ID = 'idp_acme';
const endpoints = { authorization: `${IDP}/authorize`, token: `${IDP}/token`, jwks: `${IDP}/jwks`, answersWithIssuer: false, algorithms: ['ES256'] };
const PROVIDER = {
  name: 'acme', title: 'Acme', issuer: IDP, clientId: 'hub', clientAuthentication: 'client_secret_basic' as const, scopes: ['openid'], directories: [], emailDomains: [], requires: [],
  roles: [{ claim: 'groups', value: 'finance', role: 'finance' }], claims: [], acr: [], endpoints,
};

/** A hub that lets an identity provider's word stand for consent, and an agent that has one. */
export class IdJagRig {
  agent!: Required<RegisteredAgent>;
  /** The rule that believes the provider. */
  ruleId = '';
  /** Of the case: each has people and assertions of its own. */
  counter = 0;

  private constructor(readonly hub: TestHub, readonly notes: string, readonly idp: PlatformIssuer) {}

  static async start(): Promise<IdJagRig> {
    const hub = await startHub();
    await letAgentsIn(hub);
    const rig = new IdJagRig(hub, await hub.resource(), await PlatformIssuer.make(IDP, () => hub.inside.clock.seconds()));
    await rig.setProvider();
    await rig.trust();
    return rig;
  }

  /** For each case another agent, who has been refused nothing lately. */
  async next(grantTypes: readonly string[] = [JWT_BEARER]): Promise<void> {
    this.agent = (await this.hub.agent({ ...SERVICE_CLIENT, grantTypes }, 'Assistant')) as Required<RegisteredAgent>;
    this.counter += 1;
    this.hub.inside.clock.advance(61);
  }

  setProvider(): Promise<unknown> {
    return this.hub.inside.app.get(Write, { strict: false }).to(identityProviders, streams.idp(this.hub.context.tenant), { type: 'SetProvider', providerId: PROVIDER_ID, settings: PROVIDER, local: false }, this.hub.context);
  }

  async trust(more: { readonly expiresAt?: number } = {}): Promise<void> {
    this.ruleId = (await this.hub.do(new AddTrustRule({ name: 'Acme', purpose: 'users', issuer: IDP, jwks: this.idp.jwks, ...more }, this.hub.issuer, this.hub.context))).ruleId;
  }

  jag(claims: Readonly<Record<string, unknown>> = {}, header: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const { clock } = this.hub.inside;
    return this.idp.token({
      aud: this.hub.issuer, sub: `person-${this.counter}`, client_id: this.agent.clientId, resource: NOTES.uri, scope: 'notes:read',
      jti: `jag-${this.counter}-${Math.floor(Math.abs(clock.now()))}`, exp: clock.seconds() + 300, ...claims,
    }, { header: { typ: 'oauth-id-jag+jwt', ...header } });
  }

  redeem(assertion: string, fields: Record<string, string> = {}): Promise<JsonAnswer> {
    return this.hub.post('/token', { grant_type: JWT_BEARER, assertion, ...fields }, this.proof);
  }

  get proof(): Readonly<Record<string, string>> {
    return basic(this.agent.clientId, this.agent.clientSecret);
  }

  async lastRefusal(): Promise<Readonly<Record<string, unknown>>> {
    return (await this.hub.events('AssertionRefused', 'TokenRefused')).at(-1)?.data as Readonly<Record<string, unknown>>;
  }
}
