import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type OutboundAnswer, OutboundHttp, type OutboundRequest } from '../../src/domain/ports/outbound-http.js';
import { GuardedHttp } from '../../src/platform/guarded-fetch/guarded-http.js';
import { follow } from '../support/follow.js';
import { FederationRig } from './federation-rig.js';

const ENTRA = 'https://login.microsoftonline.com';
const OURS = '72f988bf-86f1-41af-91ab-2d7cd011db47';
const THEIRS = '9188040d-6c67-4c5b-b112-36a304b66dad';

/** The way to Microsoft ends at a provider on this machine. */
class ToEntra extends OutboundHttp {
  readonly #http = new GuardedHttp({ allowLoopback: true });
  address = '';

  override request(request: OutboundRequest): Promise<OutboundAnswer> {
    return this.#http.request({ ...request, url: request.url.replace(`${ENTRA}/organizations/v2.0`, this.address).replace(ENTRA, this.address) });
  }
}

describe('Microsoft Entra ID for several directories', () => {
  let rig: FederationRig;
  const outbound = new ToEntra();

  beforeAll(async () => {
    rig = await FederationRig.start({ hub: { outbound } });
    outbound.address = rig.idp.address;
    rig.idp.metadata = {
      issuer: `${ENTRA}/{tenantid}/v2.0`, authorization_endpoint: `${ENTRA}/auth`, token_endpoint: `${ENTRA}/token`, jwks_uri: `${ENTRA}/jwks`, end_session_endpoint: `${ENTRA}/end`,
      authorization_response_iss_parameter_supported: false,
    };
  });
  afterAll(() => rig.close());

  const signIn = async (iss: string, tid: string) => {
    rig.idp.forge = (claims) => ({ claims: { ...claims, iss, tid } });
    const browser = rig.hub.browser();
    const away = await rig.away(browser, { name: 'entra' });
    const back = new URL(await follow(away.replace(ENTRA, rig.idp.address)));
    back.searchParams.delete('iss');
    const page = await browser.open(back.href);
    return [page.url.includes('/my/agents'), (await rig.last('UserIdentityLinked'))?.data] as const;
  };

  it('lets in the people of the directories that are named, each under an issuer of their own', async () => {
    await expect(rig.set({ name: 'entra', issuer: `${ENTRA}/organizations/v2.0` })).rejects.toMatchObject({ code: 'idp.invalid' });
    await rig.set({ name: 'entra', title: 'Microsoft', issuer: `${ENTRA}/organizations/v2.0`, directories: [OURS] });
    expect(await signIn(`${ENTRA}/${OURS}/v2.0`, OURS)).toEqual([true, expect.objectContaining({ issuer: `${ENTRA}/${OURS}/v2.0` })]);
  });

  it('lets in nobody of another directory, nor anybody who only says that they are of ours', async () => {
    expect((await signIn(`${ENTRA}/${THEIRS}/v2.0`, THEIRS))[0]).toBe(false);
    expect((await rig.last('UpstreamSignInRefused'))?.data).toMatchObject({ reason: 'sign_in.not_admitted' });
    expect((await signIn(`${ENTRA}/${THEIRS}/v2.0`, OURS))[0]).toBe(false);
    expect((await signIn(`${ENTRA}/{tenantid}/v2.0`, '{tenantid}'))[0]).toBe(false);
    expect((await rig.hub.events('UserRegistered'))).toHaveLength(2);
  });
});
