import { type CryptoKey, type JWK, SignJWT, exportJWK, generateKeyPair } from 'jose';

export interface PlatformKey {
  readonly alg: string;
  readonly jwk: JWK;
  readonly privateKey: CryptoKey;
}
interface Parts {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: PlatformKey;
}

export const platformKey = async (kid: string, alg = 'ES256'): Promise<PlatformKey> => {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
};

/** A platform that gives its workloads tokens: whatever the test wants them to say, signed by its key. */
export class PlatformIssuer {
  private counter = 0;

  constructor(readonly issuer: string, readonly key: PlatformKey, private readonly seconds: () => number) {}

  static async make(issuer: string, seconds: () => number): Promise<PlatformIssuer> {
    return new PlatformIssuer(issuer, await platformKey('k1'), seconds);
  }

  get jwks(): { readonly keys: readonly JWK[] } {
    return { keys: [this.key.jwk] };
  }

  /** Claims that are undefined are left out. */
  token(claims: Readonly<Record<string, unknown>>, { header, key = this.key }: Parts = {}): Promise<string> {
    this.counter += 1;
    const now = this.seconds();
    const all = { iss: this.issuer, iat: now, exp: now + 600, jti: `token-${this.counter}`, ...claims };
    const said = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    return new SignJWT(said).setProtectedHeader({ alg: key.alg, kid: key.jwk.kid!, ...header }).sign(key.privateKey);
  }
}

/** As a cluster writes it for a service account (Kubernetes 1.30 and later). */
export const serviceAccountClaims = (namespace: string, name: string, uid = `uid-of-${name}`): Readonly<Record<string, unknown>> => ({
  sub: `system:serviceaccount:${namespace}:${name}`, 'kubernetes.io': { namespace, serviceaccount: { name, uid }, pod: { name: `${name}-5d8f`, uid: 'uid-of-pod' } },
});
