import { createHash, createSign, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Page } from './browser.js';

/** What an answer may lie about. */
export interface Lies {
  readonly origin?: string;
  readonly rpId?: string;
  readonly userVerified?: boolean;
  readonly counter?: number;
  readonly challenge?: string;
  readonly type?: string;
  readonly userHandle?: string;
  /** Signs with a key of its own instead of the passkey's. */
  readonly foreignKey?: boolean;
}

interface Options {
  readonly challenge: string;
  readonly rp?: { readonly id: string };
  readonly rpId?: string;
  readonly user?: { readonly id: string };
}

const keyPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();
const ES256 = -7;

/** A passkey in software: one credential, ES256, no attestation, which can be told to lie. */
export class Authenticator {
  readonly credentialId = randomBytes(16);
  private readonly keys = keyPair();
  private userHandle = '';

  /** `counts`: what is added to the count at each use; 0 as most passkeys have it. */
  constructor(private readonly origin: string, private readonly counts = 0, private count = 0) {}

  /** Answers `navigator.credentials.create`. */
  create(options: string, lies: Lies = {}): string {
    const { challenge, rp, user } = JSON.parse(options) as Options;
    this.userHandle = user!.id;
    const { x, y } = this.keys.publicKey.export({ format: 'jwk' });
    const key = map([[1, int(2)], [3, int(ES256)], [-1, int(1)], [-2, bytes(Buffer.from(x!, 'base64url'))], [-3, bytes(Buffer.from(y!, 'base64url'))]].map(([name, value]) => [int(name as number), value as Buffer]));
    const length = Buffer.from([0, this.credentialId.length]);
    const authData = Buffer.concat([this.authData(lies.rpId ?? rp!.id, 0x40, lies), Buffer.alloc(16), length, this.credentialId, key]);
    const attestationObject = map([[text('fmt'), text('none')], [text('attStmt'), map([])], [text('authData'), bytes(authData)]]);
    return this.answer({ clientDataJSON: this.clientData('webauthn.create', challenge, lies), attestationObject: attestationObject.toString('base64url'), transports: ['internal'] });
  }

  /** Answers `navigator.credentials.get`. */
  get(options: string, lies: Lies = {}): string {
    const { challenge, rpId } = JSON.parse(options) as Options;
    this.count += this.counts;
    const authData = this.authData(lies.rpId ?? rpId!, 0, lies);
    const clientDataJSON = this.clientData('webauthn.get', challenge, lies);
    const signed = Buffer.concat([authData, sha256(Buffer.from(clientDataJSON, 'base64url'))]);
    const { privateKey } = lies.foreignKey ? keyPair() : this.keys;
    const signature = createSign('sha256').update(signed).sign(privateKey).toString('base64url');
    return this.answer({ clientDataJSON, authenticatorData: authData.toString('base64url'), signature, userHandle: lies.userHandle ?? this.userHandle });
  }

  private authData(rpId: string, flags: number, { userVerified = true, counter = this.count }: Lies): Buffer {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    return Buffer.concat([sha256(rpId), Buffer.from([flags | 0x01 | (userVerified ? 0x04 : 0)]), count]);
  }

  private clientData(type: string, challenge: string, lies: Lies): string {
    return Buffer.from(JSON.stringify({ type: lies.type ?? type, challenge: lies.challenge ?? challenge, origin: lies.origin ?? this.origin, crossOrigin: false })).toString('base64url');
  }

  private answer(response: object): string {
    const id = this.credentialId.toString('base64url');
    return JSON.stringify({ id, rawId: id, type: 'public-key', clientExtensionResults: {}, response });
  }
}

/** What a page asks a passkey, and the ticket that goes with it. */
export const passkeyPrompt = ({ html, url }: Page, kind: 'get' | 'create' = 'get'): { readonly options: string; readonly ticket: string } => {
  const form = html.match(/<form[\s\S]*?<\/form>/g)?.find((one) => one.includes(`data-passkey="${kind}"`));
  const options = /data-options="([^"]*)"/.exec(form ?? '')?.[1];
  const ticket = /name="ticket" value="([^"]*)"/.exec(form ?? '')?.[1];
  if (options === undefined || ticket === undefined) throw new Error(`no passkey is asked for on ${url}`);
  return { options: options.replaceAll('&quot;', '"').replaceAll('&#39;', '\'').replaceAll('&amp;', '&'), ticket };
};

// As much of CBOR (RFC 8949) as that takes.
const head = (major: number, value: number): Buffer => {
  if (value < 24) return Buffer.from([(major << 5) | value]);
  return value < 256 ? Buffer.from([(major << 5) | 24, value]) : Buffer.from([(major << 5) | 25, value >> 8, value & 255]);
};
const int = (value: number): Buffer => (value < 0 ? head(1, -1 - value) : head(0, value));
const bytes = (value: Buffer): Buffer => Buffer.concat([head(2, value.length), value]);
const text = (value: string): Buffer => Buffer.concat([head(3, value.length), Buffer.from(value)]);
const map = (entries: readonly (readonly Buffer[])[]): Buffer => Buffer.concat([head(5, entries.length), ...entries.flat()]);
