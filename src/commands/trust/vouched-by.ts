/** Another issuer's token, believed by a rule of the tenant. */
export interface VouchedBy {
  readonly ruleId: string;
  /** What policies call it. */
  readonly platform: string;
  /** Which token it was, as a digest. */
  readonly assertion: string;
  /** When the person was there, by the word of their identity provider. NumericDate. */
  readonly agreedAt?: number | undefined;
}
