import { runCommand } from '../../src/cli/run-command.js';

export interface Said {
  readonly code: number;
  readonly lines: readonly string[];
  readonly problems: readonly string[];
}

/** The command line as a person calls it, with a data directory and whatever else stands in the environment. */
export const mandate = async (directory: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Said> => {
  const [lines, problems]: [string[], string[]] = [[], []];
  const output = { out: (line: string) => void lines.push(line), problem: (line: string) => void problems.push(line) };
  const code = await runCommand(args, output, { MANDATE_DATA: directory, ...environment });
  return { code, lines, problems };
};
