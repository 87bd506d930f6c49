/** One line for a terminal: what strangers named things must not move the cursor, clear the screen or turn the text around. */
export const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]+/gu, ' ');

/** Columns as wide as they need to be; the last one runs on. */
export const columns = (rows: readonly (readonly string[])[]): readonly string[] => {
  const shown = rows.map((row) => row.map(plain));
  const widths = (shown[0] ?? []).map((_, n) => Math.max(...shown.map((row) => row[n]!.length)));
  return shown.map((row) => row.map((cell, n) => (n === row.length - 1 ? cell : cell.padEnd(widths[n]!))).join('  ').trimEnd());
};
