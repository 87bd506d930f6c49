import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { type Passkey, Passkeys, type RelyingParty } from '../../domain/ports/passkeys.js';

/** Read when it is used first, for most hubs start without a need of it. */
const library = () => import('@simplewebauthn/server');

/** EdDSA, ES256, RS256 (COSE). */
const ALGORITHMS = [-8, -7, -257];
const TIMEOUT = 300_000;
/** Longer than any answer with a passkey that we can use. */
const MOST_CHARACTERS = 16_384;

/** Passkeys by @simplewebauthn/server. */
export class SimpleWebAuthnPasskeys extends Passkeys {
  override creation({ origin, name }: RelyingParty, { challenge, userId, userName, known }: Parameters<Passkeys['creation']>[1]): string {
    return JSON.stringify({
      rp: { id: hostOf(origin), name }, user: { id: Buffer.from(userId).toString('base64url'), name: userName, displayName: userName },
      challenge, pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })), timeout: TIMEOUT, attestation: 'none', excludeCredentials: known.map(described),
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    });
  }

  override request({ origin }: RelyingParty, { challenge, known }: Parameters<Passkeys['request']>[1]): string {
    return JSON.stringify({ rpId: hostOf(origin), challenge, timeout: TIMEOUT, allowCredentials: known.map(described), userVerification: 'required' });
  }

  override async enrolled({ origin }: RelyingParty, challenge: string, answer: string): Promise<(Passkey & { counter: number }) | undefined> {
    const response = read<RegistrationResponseJSON>(answer);
    if (!response || !(await isPlain(response))) return undefined;
    const expected = { expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: hostOf(origin), requireUserVerification: true, supportedAlgorithmIDs: ALGORITHMS };
    const { verifyRegistrationResponse } = await library();
    const found = await verifyRegistrationResponse({ response, ...expected }).catch(() => undefined);
    if (!found?.verified) return undefined;
    const { id, publicKey, counter } = found.registrationInfo.credential;
    return { credentialId: id, publicKey: Buffer.from(publicKey).toString('base64url'), transports: wordsOf(response.response.transports), counter };
  }

  override async confirmed({ origin }: RelyingParty, challenge: string, answer: string, passkey: Passkey): Promise<{ counter: number } | undefined> {
    const response = read<AuthenticationResponseJSON>(answer);
    if (!response) return undefined;
    const expected = { expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: hostOf(origin), requireUserVerification: true };
    // The library looks at the count before the signature; ours is looked at by the ledger, after it.
    const credential = { id: passkey.credentialId, publicKey: fromBase64url(passkey.publicKey), counter: 0 };
    const { verifyAuthenticationResponse } = await library();
    const found = await verifyAuthenticationResponse({ response, ...expected, credential }).catch(() => undefined);
    return found?.verified === true ? { counter: found.authenticationInfo.newCounter } : undefined;
  }

  override named(answer: string): { credentialId: string; userId: string | undefined } | undefined {
    const response = read<AuthenticationResponseJSON>(answer);
    if (!response) return undefined;
    const { userHandle } = response.response;
    return { credentialId: response.id, userId: typeof userHandle === 'string' ? Buffer.from(userHandle, 'base64url').toString('utf8') : undefined };
  }
}

const hostOf = (origin: string): string => new URL(origin).hostname;
const bytesOf = (buffer: Buffer): Uint8Array<ArrayBuffer> => new Uint8Array(buffer);
const fromBase64url = (text: string): Uint8Array<ArrayBuffer> => bytesOf(Buffer.from(text, 'base64url'));
const described = ({ credentialId, transports }: Passkey) => ({ type: 'public-key', id: credentialId, ...(transports.length > 0 ? { transports } : {}) });
const wordsOf = (given: unknown): readonly string[] =>
  (Array.isArray(given) ? given.filter((one): one is string => typeof one === 'string' && /^[a-z-]{1,20}$/.test(one)).slice(0, 10) : []);

const read = <T extends { readonly id: string; readonly response: object }>(answer: string): T | undefined => {
  if (answer.length > MOST_CHARACTERS) return undefined;
  try {
    const parsed = JSON.parse(answer) as Partial<T> | null;
    return typeof parsed?.id === 'string' && typeof parsed.response === 'object' && parsed.response !== null ? (parsed as T) : undefined;
  } catch {
    return undefined;
  }
};

/**
 * We ask for no attestation. A statement with certificates would have the library go and fetch what they name, which is
 * up to whoever sends them.
 */
const isPlain = async ({ response }: RegistrationResponseJSON): Promise<boolean> => {
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers');
  try {
    const object = decodeAttestationObject(fromBase64url(response.attestationObject));
    const format = object.get('fmt');
    return format === 'none' || (format === 'packed' && object.get('attStmt').get('x5c') === undefined);
  } catch {
    return false;
  }
};
