/** Slow on purpose: argon2id, 19 MiB, 2 passes (OWASP's floor). Never on a token path. */
export abstract class Passwords {
  abstract hash(password: string): Promise<string>;
  /** Takes as long for an unknown user: pass undefined and it verifies against a decoy. */
  abstract verify(password: string, hash: string | undefined): Promise<boolean>;
}
