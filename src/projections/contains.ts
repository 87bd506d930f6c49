/** A LIKE pattern for "contains this text", in which the text's own wildcards mean themselves. */
export const contains = (part: string): string => `%${part.replace(/[\\%_]/g, (wildcard) => `\\${wildcard}`)}%`;
