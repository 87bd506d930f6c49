import { AddTrustRule } from '../../src/commands/trust/add-trust-rule.js';
import type { TrustDraft } from '../../src/commands/trust/trust-draft.js';
import { type Place, homeOf, letAgentsIn } from '../api/admin/admin-rig.js';
import { NOTES, type TestHub, startHub } from './hub.js';
import type { JsonAnswer } from './hub-over-http.js';
import { PlatformIssuer, serviceAccountClaims } from './platform-issuer.js';

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
export const CLUSTER = 'https://cluster.example';
export const JWKS = `${CLUSTER}/openid/v1/jwks`;

export const said = ({ status, body }: Pick<JsonAnswer, 'status' | 'body'>): readonly unknown[] => [status, body['error'] ?? 'issued'];
type Parts = Parameters<PlatformIssuer['token']>[1];

/** A hub that trusts a cluster's service accounts, and the pods that use it. */
export class WorkloadRig {
  private counter = 0;

  private constructor(readonly hub: TestHub, readonly notes: string, readonly cluster: PlatformIssuer) {}

  static async start(): Promise<WorkloadRig> {
    const hub = await startHub();
    await letAgentsIn(hub);
    return WorkloadRig.of(hub, await hub.resource());
  }

  static async of(hub: TestHub, notes: string): Promise<WorkloadRig> {
    return new WorkloadRig(hub, notes, await PlatformIssuer.make(CLUSTER, () => hub.inside.clock.seconds()));
  }

  /** Another platform, published like the cluster. */
  async platform(issuer: string): Promise<PlatformIssuer> {
    const made = await PlatformIssuer.make(issuer, () => this.hub.inside.clock.seconds());
    this.publish(made);
    return made;
  }

  publish(issuer = this.cluster, keys: readonly object[] = issuer.jwks.keys): void {
    const jwks = `${issuer.issuer}/openid/v1/jwks`;
    this.hub.inside.documents.publish(`${issuer.issuer}/.well-known/openid-configuration`, { issuer: issuer.issuer, jwks_uri: jwks });
    this.hub.inside.documents.publish(jwks, { keys });
  }

  /** Whatever a case did to the issuer, the next one finds it as it was, and the hub ready to ask it again. */
  settle(): void {
    this.publish();
    this.hub.inside.clock.advance(601);
  }

  /** A rule of a service account of its own, and what a pod of it holds. */
  async pod(change: Partial<TrustDraft> = {}, place: Place = homeOf(this.hub)) {
    this.counter += 1;
    const account = `account-${this.counter}`;
    const grants = place.path === '' ? [{ resourceId: this.notes, scopes: ['notes:read'] }] : [];
    const template = { name: 'Pod', owner: { kind: 'team', id: 'team_shop' }, tags: ['shop'], grantTypes: ['client_credentials', JWT_BEARER], grants } as const;
    const preset = { preset: 'kubernetes', variables: { issuer: CLUSTER, namespace: 'shop', service_account: account } };
    const draft = { name: account, ...(change.issuer === undefined ? preset : {}), ...(change.agentId === undefined ? { template } : {}), ...change };
    const { ruleId } = await this.hub.do(new AddTrustRule(draft, place.issuer, place.context));
    const claims: Readonly<Record<string, unknown>> = { aud: place.issuer, ...serviceAccountClaims('shop', account) };
    return { ruleId, account, claims, token: (more: Readonly<Record<string, unknown>> = {}, parts: Parts = {}, by = this.cluster) => by.token({ ...claims, ...more }, parts) };
  }

  redeem(assertion: string, fields: Record<string, string> = {}, path = ''): Promise<JsonAnswer> {
    return this.hub.post(`${path}/token`, { grant_type: JWT_BEARER, assertion, resource: NOTES.uri, ...fields });
  }

  asClient(assertion: string, fields: Record<string, string> = {}): Promise<JsonAnswer> {
    return this.hub.post('/token', { grant_type: 'client_credentials', client_assertion_type: ASSERTION_TYPE, client_assertion: assertion, resource: NOTES.uri, ...fields });
  }

  async lastRefusal(): Promise<Readonly<Record<string, unknown>> | undefined> {
    return (await this.hub.events('AssertionRefused', 'TokenRefused')).at(-1)?.data as Readonly<Record<string, unknown>> | undefined;
  }

  /** What was fetched meanwhile. */
  async fetched(work: () => Promise<unknown>): Promise<readonly string[]> {
    const before = this.hub.inside.documents.asked.length;
    await work();
    return this.hub.inside.documents.asked.slice(before);
  }
}
