import { type JsonWebKey, type KeyObject, createPrivateKey, generateKeyPair, hash, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { KeyRing, type PublicKey, type SigningAlgorithm } from '../../domain/ports/key-ring.js';
import { SecretMissing, type SecretStore, SecretsUnavailable } from '../../domain/ports/secret-store.js';
import { joseSignature } from './jose-signature.js';

const KIND = 'signing-key';
const generate = promisify(generateKeyPair);

interface Loaded {
  readonly alg: SigningAlgorithm;
  readonly key: KeyObject;
  /** `typ` to the encoded header and its dot: the header never changes, so it is built once. */
  readonly headers: Map<string, string>;
}

/** Signing keys as PKCS #8 in the vault; the ones in use are kept open. */
export class VaultKeyRing extends KeyRing {
  readonly #loaded = new Map<string, Loaded>();
  readonly #destroyed = new Set<string>();

  constructor(private readonly secrets: SecretStore) {
    super();
  }

  override async generate(tenant: string, alg: SigningAlgorithm): Promise<PublicKey> {
    const { publicKey, privateKey } = alg === 'ES256'
      ? await generate('ec', { namedCurve: 'P-256' })
      : await generate('rsa', { modulusLength: 2048 });
    const members = publicKey.export({ format: 'jwk' });
    const kid = thumbprint(members);
    const value = privateKey.export({ format: 'der', type: 'pkcs8' });
    await this.secrets.put(tenant, KIND, { name: kid, value });
    return { kid, alg, jwk: JSON.stringify({ ...members, kid, alg, use: 'sig' }) };
  }

  override async load(tenant: string, kid: string, alg: SigningAlgorithm): Promise<void> {
    const stored = await this.secrets.get(tenant, KIND, kid);
    if (!stored || this.#destroyed.has(kid)) throw new SecretMissing(`The vault has no signing key ${kid} of tenant ${tenant}, which the ledger names. Ledger and vault belong together: restore the vault that goes with this ledger.`);
    const key = createPrivateKey({ key: Buffer.from(stored), format: 'der', type: 'pkcs8' });
    if (key.asymmetricKeyType !== (alg === 'ES256' ? 'ec' : 'rsa')) throw new Error(`signing key ${kid} is not for ${alg}`);
    this.#loaded.set(kid, { alg, key, headers: new Map() });
  }

  override sign(kid: string, typ: string, claims: object): string {
    const loaded = this.#loaded.get(kid);
    // Revoked between the choice and this moment: nothing is signed, and the next try finds its successor.
    if (!loaded) throw new SecretsUnavailable(`signing key ${kid} is not loaded`);
    let header = loaded.headers.get(typ);
    if (!header) loaded.headers.set(typ, (header = `${encode({ alg: loaded.alg, typ, kid })}.`));
    const input = header + encode(claims);
    const signature = sign('sha256', bytesOf(input), loaded.key);
    return `${input}.${loaded.alg === 'ES256' ? joseSignature(signature) : signature.toString('base64url')}`;
  }

  override async destroy(tenant: string, kid: string): Promise<void> {
    // Remembered, so that a load under way can't bring it back; kids are never used twice.
    this.#destroyed.add(kid);
    this.#loaded.delete(kid);
    await this.secrets.delete(tenant, KIND, kid);
  }
}

/** Where what is encoded or signed is laid out meanwhile: nearly all of it is short, and the claims of a token are no secret. */
const page = Buffer.allocUnsafeSlow(8_192);
const MOST_BYTES_PER_CHARACTER = 3;

/** In UTF-8. Gone with the next call. */
const bytesOf = (text: string): Buffer =>
  text.length * MOST_BYTES_PER_CHARACTER > page.length ? Buffer.from(text) : page.subarray(0, page.write(text));

const encode = (value: object): string => bytesOf(JSON.stringify(value)).toString('base64url');

/** RFC 7638: the digest of the required members in lexicographic order. */
const thumbprint = ({ kty, crv, x, y, e, n }: JsonWebKey): string =>
  hash('sha256', JSON.stringify(kty === 'EC' ? { crv, kty, x, y } : { e, kty, n }), 'base64url');
