/**
 * Seals personal data under a key of its subject. Destroying the key erases the data wherever its ciphertext stands,
 * and breaks no proof (docs/architecture.md, rule 4).
 */
export abstract class Privacy {
  /** AES-256-GCM; `binding` (event id and field) is authenticated, so a ciphertext can't be moved. */
  abstract seal(tenant: string, subject: string, binding: string, text: string): Promise<string>;
  /** The text, or undefined when the subject was erased. */
  abstract open(tenant: string, subject: string, binding: string, sealed: string): Promise<string | undefined>;
  /** Durable when it resolves; on no node does anything open afterwards that was sealed before. */
  abstract erase(tenant: string, subject: string): Promise<void>;
}
