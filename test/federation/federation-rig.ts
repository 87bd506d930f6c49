import { ActivatePolicy } from '../../src/commands/policies/activate-policy.js';
import { PublishPolicy } from '../../src/commands/policies/publish-policy.js';
import { type ProviderDraft, SetProvider } from '../../src/commands/identity-providers/set-provider.js';
import type { RecordedEvent } from '../../src/domain/kernel/event.js';
import type { Browser, Page } from '../support/browser.js';
import { authorizeUrl, pkce } from '../support/code-flow.js';
import { follow } from '../support/follow.js';
import { PUBLIC_CLIENT, type TestHub, startHub } from '../support/hub.js';
import { WorkforceIdp } from '../support/workforce-idp.js';

export const SECRET = 'workforce-client-secret-canary';
export const ANA_UPSTREAM = { email: 'ana@acme.example', email_verified: true, name: 'Ana Upstream', groups: ['finance', 'everybody'], department: 'billing' };

/** A hub, an identity provider that its people sign in with, and another that could be mixed up with it. */
export class FederationRig {
  private constructor(readonly hub: TestHub, readonly idp: WorkforceIdp, readonly agentId: string) {}

  static async start({ hub: given = {} }: { readonly hub?: Parameters<typeof startHub>[0] } = {}): Promise<FederationRig> {
    const hub = await startHub({ allowLoopback: true, ...given });
    const idp = await FederationRig.idp(hub, 'acme');
    await hub.resource();
    const { agentId } = await hub.agent(PUBLIC_CLIENT, 'Assistant');
    const rig = new FederationRig(hub, idp, agentId);
    await rig.set();
    return rig;
  }

  /** A provider that knows the hub as its client. */
  static async idp(hub: { readonly issuer: string }, name: string, issuer?: string): Promise<WorkforceIdp> {
    const at = `${hub.issuer}/sign-in/with/${name}`;
    const client = {
      client_id: 'hub', client_secret: SECRET, redirect_uris: [`${at}/callback`, `${hub.issuer}/sign-in/with/entra/callback`], grant_types: ['authorization_code'], response_types: ['code'],
      scope: 'openid profile email groups', backchannel_logout_uri: `${at}/logout`, backchannel_logout_session_required: true, post_logout_redirect_uris: [`${hub.issuer}/signed-out`],
    };
    const idp = await WorkforceIdp.start({ clients: [client], ...(issuer === undefined ? {} : { issuer }) });
    idp.people.set('ana-upstream', ANA_UPSTREAM);
    return idp;
  }

  draft(change: Partial<ProviderDraft> = {}): ProviderDraft {
    return {
      name: 'acme', title: 'Acme', issuer: this.idp.issuer, clientId: 'hub', clientAuthentication: 'client_secret_basic', clientSecret: SECRET, scopes: ['openid', 'profile', 'email', 'groups'],
      directories: [], emailDomains: [], requires: [], roles: [{ claim: 'groups', value: 'finance', role: 'clerk' }], claims: [{ claim: 'department', as: 'department' }], acr: [], ...change,
    };
  }

  async set(change: Partial<ProviderDraft> = {}): Promise<string> {
    return (await this.hub.do(new SetProvider(this.draft(change), this.hub.context))).providerId;
  }

  async policy(document: object): Promise<void> {
    const { version } = await this.hub.do(new PublishPolicy(JSON.stringify(document), this.hub.context));
    await this.hub.do(new ActivatePolicy(version, 'ActivatePolicy', this.hub.context));
  }

  authorizeUrl(change: Readonly<Record<string, string | undefined>> = {}, verifier = pkce()): string {
    return authorizeUrl(this.agentId, verifier.challenge, change);
  }

  /** Presses "Continue with …" and gives the address that the provider is asked at. */
  async away(browser: Browser, { path = '/sign-in', name = 'acme' } = {}): Promise<string> {
    const page = await browser.open(path);
    const { location } = await browser.submit(page, `/sign-in/with/${name}`, {});
    return location!;
  }

  /** The whole way to the provider and back; gives the page at its end. */
  async signIn(browser: Browser = this.hub.browser(), on: { readonly path?: string; readonly name?: string } = {}): Promise<Page> {
    return browser.open(await follow(await this.away(browser, on)));
  }

  async last(type: string): Promise<RecordedEvent | undefined> {
    return (await this.hub.events(type)).at(-1);
  }

  async close(): Promise<void> {
    await this.idp.close();
    await this.hub.close();
  }
}
