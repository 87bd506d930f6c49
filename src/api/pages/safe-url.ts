/** An address that a page may link to or load. Only the functions below make one. */
export class SafeUrl {
  readonly #address: string;

  constructor(address: string) {
    this.#address = address;
  }

  toString(): string {
    return this.#address;
  }
}

/** Printable ASCII without quotes, angle brackets and backslashes: browsers repair the rest, each in its own way. */
const PLAIN = /^[!#-;=?-[\]-~]+$/;

/** A place on this host. `//evil` and `/\evil` are other hosts to a browser. */
export const localPath = (path: string): SafeUrl => {
  if (!PLAIN.test(path) || !/^\/(?!\/)/.test(path)) throw new TypeError('Not a path of this host.');
  return new SafeUrl(path);
};

/** A web page or a path of this host: what an operator configured, never what a client said of itself. */
export const webUrl = (url: string): SafeUrl => {
  if (url.startsWith('/')) return localPath(url);
  if (!PLAIN.test(url) || !/^https?:\/\/[^/@]+(\/[^@]*)?$/i.test(url) || !URL.canParse(url)) throw new TypeError('Not a web address.');
  return new SafeUrl(url);
};

/** The path that a tenant's pages begin with: empty for the bare origin, `/t/acme` for one that shares it. */
export const basePathOf = (issuer: string): string => new URL(issuer).pathname.replace(/\/$/, '');

/** The host of an address, to be shown as text; undefined for what is none. */
export const hostOf = (address: string): string | undefined =>
  (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol) ? new URL(address).host : undefined);
