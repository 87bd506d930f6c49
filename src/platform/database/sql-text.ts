/** What the facade has to know of a statement before it runs: nothing else of it is looked at. */
const bare = (sql: string): string => sql.replace(/^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, '');

/** Begins a transaction that stays open when the statement is done (a text that also commits does not). */
export const opensTransaction = (sql: string): boolean => /^(begin|start\s+transaction)\b/i.test(bare(sql)) && !/;\s*(commit|end|rollback)\b(?!\s+to\b)/i.test(sql);

export const endsTransaction = (sql: string): boolean => /^(commit|end|rollback|abort)\b(?!\s+(work\s+)?to\b|\s+prepared\b)/i.test(bare(sql));

/** The channel of a LISTEN that stands alone, unquoted. */
export const listenedChannel = (sql: string): string | undefined => {
  const [, quoted, plain] = /^listen\s+(?:"([^"]+)"|([a-z_][\w$]*))\s*;?\s*$/i.exec(bare(sql)) ?? [];
  return quoted ?? plain?.toLowerCase();
};
