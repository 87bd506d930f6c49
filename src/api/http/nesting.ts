const QUOTE = 34;
const BACKSLASH = 92;
const OPENING: ReadonlySet<number> = new Set([91, 123]);
const CLOSING: ReadonlySet<number> = new Set([93, 125]);

/**
 * Whether a JSON text nests deeper than that, before anything is made of it: parsers cope with any depth, and whatever
 * walks over the result recursively does not (RX-02).
 */
export const nestsDeeperThan = (json: string, most: number): boolean => {
  let depth = 0;
  let inText = false;
  for (let n = 0; n < json.length; n += 1) {
    const code = json.charCodeAt(n);
    if (inText) {
      if (code === BACKSLASH) n += 1;
      else if (code === QUOTE) inText = false;
    } else if (code === QUOTE) inText = true;
    else if (CLOSING.has(code)) depth -= 1;
    else if (OPENING.has(code) && (depth += 1) > most) return true;
  }
  return false;
};
