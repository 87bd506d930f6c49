import type { Config } from './platform/config.js';

/** What a newcomer needs to know, in a few lines. */
export const greetingOf = ({ config, generatedPassword, sampleUrl }: {
  readonly config: Config; readonly generatedPassword: string | undefined; readonly sampleUrl: string | undefined;
}): string => {
  const lines: (readonly [string, string])[] = [['Hub', config.publicUrl]];
  const password = generatedPassword === undefined ? '(the password chosen at the first start)' : `${generatedPassword}   (shown this once)`;
  lines.push(['Sign in', `${config.admin.email}  ${password}`]);
  if (sampleUrl !== undefined) {
    lines.push(['Sample MCP server', sampleUrl]);
    lines.push(['Connect a client', `claude mcp add --transport http notes ${sampleUrl}`]);
  }
  lines.push(['See it all at work', 'npm run tour']);
  const width = Math.max(...lines.map(([name]) => name.length));
  return `\nMandate is running.\n\n${lines.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`).join('\n')}\n`;
};
