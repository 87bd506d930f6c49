import { type ParsedUrlQuery, parse } from 'node:querystring';

/** A form body or query with its repetitions kept: which of two values counts must never be left to a parser. */
export class Form {
  /** An object without prototype, as the parser makes it: no name of a member reaches anything inherited. */
  private constructor(private readonly values: ParsedUrlQuery) {}

  /** At most 100 members are read; what comes after is an attack or a mistake and is treated as a repetition. */
  static read(text: string): Form {
    return new Form(parse(text, '&', '=', { maxKeys: 100 }));
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
