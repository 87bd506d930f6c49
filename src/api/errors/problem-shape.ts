/** RFC 9457. `code` is stable; `detail` says what to do; nothing of the inside is in it. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the answer (RFC 9457 section 3.2). */
  readonly more?: Readonly<Record<string, string>>;
}
