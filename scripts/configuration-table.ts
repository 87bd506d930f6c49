import { type DescribedVariable, describeVariables } from '../src/platform/config.js';

const BEGIN = '<!-- From src/platform/config.ts: npm run docs:configuration -->';
const END = '<!-- Until here. -->';

const unsetOf = (variable: DescribedVariable): string => (variable.default === undefined || variable.default === '' ? '' : `\`${variable.default}\``);
const wordsOf = ({ words }: DescribedVariable): string => (words === undefined ? '' : ` One of ${words.map((word) => `\`${word}\``).join(', ')}.`);
const row = (variable: DescribedVariable): string =>
  `| \`${variable.name}\` | ${variable.meaning}.${wordsOf(variable)} | ${unsetOf(variable)} | ${variable.inFile ? 'yes' : ''} |`;

const table = (): string => ['| variable | meaning | when unset | `_FILE` |', '|---|---|---|---|', ...describeVariables().map(row)].join('\n');

/** docs/operations.md with the table of variables as it has to be; the rest of the page is left as it is. */
export const withConfigurationTable = (page: string): string => {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`docs/operations.md has no place for the table: a line ${BEGIN} and a line ${END}`);
  return `${before}${BEGIN}\n\n${table()}\n\n${END}${after}`;
};
