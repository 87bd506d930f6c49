/** Shown as a page, never sent to a redirect URI that is not proven (RFC 9700 section 4.11, threats PAGE-400). */
export class PageError extends Error {
  override readonly name = 'PageError';
  constructor(readonly status: number, readonly title: string, readonly what: string, readonly todo: string) {
    super(what);
  }
}

/** A form that is not taken. A page that was only open for too long is no attack, though it reads the same to the person. */
export class FormError extends PageError {
  constructor(readonly reason: 'foreign' | 'altered' | 'too_old' | 'half_signed_in', ...page: ConstructorParameters<typeof PageError>) {
    super(...page);
  }
}
