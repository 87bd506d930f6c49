const colour = (code: number, text: string): string => (process.stdout.isTTY ? `\u001b[${code}m${text}\u001b[0m` : text);

/** Prints what really happened, line by line, and remembers whether anything differed from what should have. */
export class Report {
  private differed = 0;

  chapter(title: string): void {
    console.log(`\n${colour(1, title)}`);
  }

  note(text: string): void {
    console.log(`    ${colour(2, text)}`);
  }

  /** `is` is compared with `should`; both are shown when they differ. */
  check(what: string, is: unknown, should: unknown = true): void {
    const same = JSON.stringify(is) === JSON.stringify(should);
    if (!same) this.differed += 1;
    const difference = same ? '' : `\n    expected ${JSON.stringify(should)}\n    got      ${JSON.stringify(is)}`;
    console.log(`  ${same ? colour(32, '✓') : colour(31, '✗')} ${what}${difference}`);
  }

  /** 0 when everything was as it should be. */
  get exitCode(): number {
    return this.differed === 0 ? 0 : 1;
  }

  close(): void {
    console.log(this.differed === 0 ? `\n${colour(32, 'Everything was as promised.')}\n` : `\n${colour(31, `${this.differed} thing(s) differed.`)}\n`);
  }
}
