import type { ServiceClient } from '../../domain/ports/downstream-oauth.js';
import * as oauth from 'oauth4webapi';

/** RFC 6749 section 2.3.1 asks for form encoding; it leaves alone what services that forget to decode have in their ids. */
const formEncoded = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1);

const basic = (secret: string): oauth.ClientAuth => (_server, { client_id }, _body, headers) => {
  headers.set('authorization', `Basic ${Buffer.from(`${formEncoded(client_id)}:${formEncoded(secret)}`).toString('base64')}`);
};

const keyOf = (secret: string) =>
  crypto.subtle.importKey('pkcs8', Buffer.from(secret, 'base64url'), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);

type Authenticated = { readonly oauth: Pick<ServiceClient['oauth'], 'clientAuthentication'>; readonly secret: string | undefined };

export const clientAuthentication = async ({ oauth: { clientAuthentication: method }, secret }: Authenticated): Promise<oauth.ClientAuth> => {
  if (method === 'none') return oauth.None();
  if (secret === undefined) throw new Error('the connection has no secret');
  switch (method) {
    case 'client_secret_basic':
      return basic(secret);
    case 'client_secret_post':
      return oauth.ClientSecretPost(secret);
    case 'private_key_jwt':
      return oauth.PrivateKeyJwt(await keyOf(secret));
  }
};
