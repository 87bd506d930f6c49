import { type ParsedUrlQuery, parse } from 'node:querystring';

export const FORM_TYPE = 'application/x-www-form-urlencoded';
const MOST_MEMBERS = 100;

/** Whoever sends so many members wants to make us work (RX-01). */
export class TooManyMembers extends Error {
  override readonly name = 'TooManyMembers';
  readonly statusCode = 400;
}

const hasTooMany = (text: string): boolean => {
  let at = -1;
  for (let members = 1; members <= MOST_MEMBERS; members += 1) {
    at = text.indexOf('&', at + 1);
    if (at < 0) return false;
  }
  return true;
};

/** A form body or query with its repetitions kept: which of two values counts must never be left to a parser. */
export class Form {
  /** An object without prototype, as the parser makes it: no name of a member reaches anything inherited. */
  private constructor(private readonly values: ParsedUrlQuery) {}

  /** Throws TooManyMembers. A part of them is never read: which part counts would be up to whoever sends them. */
  static read(text: string): Form {
    if (hasTooMany(text)) throw new TooManyMembers('the form has too many members');
    return new Form(parse(text, '&', '=', { maxKeys: 0 }));
  }

  /** The value, or undefined when it is absent or empty (RFC 6749 section 3.1: without a value means omitted). */
  get(name: string): string | undefined {
    const given = this.values[name];
    const value = Array.isArray(given) ? given[0] : given;
    return value === '' ? undefined : value;
  }

  all(name: string): readonly string[] {
    const given = this.values[name] ?? [];
    return (Array.isArray(given) ? given : [given]).filter((value) => value !== '');
  }

  /** The first member that stands there twice, other than those that may (RFC 6749 section 3.1; RFC 8707 allows `resource`). */
  repeated(allowed: ReadonlySet<string>): string | undefined {
    // oxlint-disable-next-line guard-for-in -- there is no prototype, and this runs for every token
    for (const name in this.values) if (Array.isArray(this.values[name]) && !allowed.has(name)) return name;
    return undefined;
  }
}
