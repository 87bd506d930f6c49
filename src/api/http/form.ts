import { parse } from 'node:querystring';

/** A form body or query with its repetitions kept: which of two values counts must never be left to a parser. */
export class Form {
  private constructor(private readonly values: ReadonlyMap<string, readonly string[]>) {}

  /** At most 100 members are read; what comes after is an attack or a mistake and is treated as a repetition. */
  static read(text: string): Form {
    const parsed = parse(text, '&', '=', { maxKeys: 100 });
    return new Form(new Map(Object.entries(parsed).map(([name, value]) => [name, Array.isArray(value) ? value : [value ?? '']])));
  }

  /** The value, or undefined when it is absent or empty (RFC 6749 section 3.1: without a value means omitted). */
  get(name: string): string | undefined {
    const [value] = this.values.get(name) ?? [];
    return value === '' ? undefined : value;
  }

  all(name: string): readonly string[] {
    return (this.values.get(name) ?? []).filter((value) => value !== '');
  }

  /** The first member that stands there twice, other than those that may (RFC 6749 section 3.1; RFC 8707 allows `resource`). */
  repeated(allowed: ReadonlySet<string>): string | undefined {
    for (const [name, values] of this.values) if (values.length > 1 && !allowed.has(name)) return name;
    return undefined;
  }
}
