import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Every canary begins with this, so that one look finds all of them, and nothing else contains it. */
const MARK = 'Zx9canaryQk';
const LETTERS = /^[a-z0-9]+/i;

/** As it would stand inside of base64, wherever it begins there. */
const encoded = (text: string): readonly string[] =>
  [0, 1, 2].map((before) => {
    const whole = Buffer.from('\0'.repeat(before) + text).toString('base64');
    return whole.slice(Math.ceil((before * 8) / 6), Math.floor(((before + text.length) * 8) / 6));
  });

const inText = [...encoded(MARK), MARK.toLowerCase(), MARK.toUpperCase(), MARK];

/** Unique words that are sent into a system and looked for where they do not belong. Letters and digits alone, so that nothing rewrites them. */
export class Canaries {
  private readonly sent = new Map<string, string>();

  /** A new one. `of`: what it stands for, to be named when it is found. */
  of(what: string): string {
    const letters = what.replaceAll(/[^a-z0-9]/gi, '');
    const word = MARK + letters + randomBytes(6).toString('hex');
    this.sent.set(word.toLowerCase(), what);
    return word;
  }

  get count(): number {
    return this.sent.size;
  }

  /** What of it is found in a text, as it is, in other case, or in base64. */
  in(text: string): readonly string[] {
    return inText.flatMap((needle) => {
      const at = text.indexOf(needle);
      return at < 0 ? [] : [this.named(text.slice(at))];
    });
  }

  /** In every file under a directory; `secrets` are others to look for, by name. */
  inFiles(directory: string, secrets: Readonly<Record<string, string>>, isLookedAt: (path: string) => boolean): readonly string[] {
    const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return files.map((file) => ({ file, path: relative(directory, file) })).filter(({ path }) => isLookedAt(path)).flatMap(({ file, path }) => {
      const bytes = readFileSync(file);
      const marks = [...encoded(MARK), MARK, MARK.toLowerCase()].flatMap((needle) => {
        const at = bytes.indexOf(needle, 0, 'latin1');
        return at < 0 ? [] : [`${path}: ${this.named(bytes.toString('latin1', at, at + 200))}`];
      });
      return [...marks, ...Object.entries(secrets).filter(([, secret]) => bytes.includes(secret)).map(([name]) => `${path}: ${name}`)];
    });
  }

  private named(found: string): string {
    const word = LETTERS.exec(found)?.[0] ?? found.slice(0, 40);
    return this.sent.get(word.toLowerCase()) ?? word;
  }
}
