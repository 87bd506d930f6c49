/** Who asks for a passkey: it is made for the host of this origin, and answers to nobody else. */
export interface RelyingParty {
  readonly origin: string;
  readonly name: string;
}

export interface Passkey {
  /** All of these in base64url. */
  readonly credentialId: string;
  readonly publicKey: string;
  readonly transports: readonly string[];
}

/** WebAuthn (Level 3) as a relying party. What a browser answers is somebody else's text: nothing here throws over it. */
export abstract class Passkeys {
  /**
   * What `navigator.credentials.create` is called with, as JSON: discoverable, with user verification, without
   * attestation. `challenge` is in base64url; `known` are those that the person has.
   */
  abstract creation(party: RelyingParty, wish: { readonly challenge: string; readonly userId: string; readonly userName: string; readonly known: readonly Passkey[] }): string;
  /** What `navigator.credentials.get` is called with, as JSON. Without `known` the person chooses who they are. */
  abstract request(party: RelyingParty, wish: { readonly challenge: string; readonly known: readonly Passkey[] }): string;
  /** The new passkey; undefined unless the answer is to this challenge, from this origin, with the person verified. */
  abstract enrolled(party: RelyingParty, challenge: string, answer: string): Promise<(Passkey & { readonly counter: number }) | undefined>;
  /**
   * The count that the passkey shows; undefined unless it signed this challenge for this origin with the person verified.
   * Whether the count has gone up, and whether the challenge was used before, is for the caller to judge.
   */
  abstract confirmed(party: RelyingParty, challenge: string, answer: string, passkey: Passkey): Promise<{ readonly counter: number } | undefined>;
  /** Which passkey an answer speaks of, and whose it claims to be. Nothing of it is proven. */
  abstract named(answer: string): { readonly credentialId: string; readonly userId: string | undefined } | undefined;
}
