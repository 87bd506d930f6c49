import type { FastifyRequest } from 'fastify';

const BROWSERS = [['Edg', 'Edge'], ['OPR', 'Opera'], ['Firefox', 'Firefox'], ['Chrome', 'Chrome'], ['Safari', 'Safari']] as const;
const SYSTEMS = [['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Android', 'Android'], ['Windows', 'Windows'], ['Mac OS', 'macOS'], ['CrOS', 'ChromeOS'], ['Linux', 'Linux']] as const;

/** "Firefox on Linux": enough for people to know their own sessions by, and none of the browser's own text. */
export const deviceOf = ({ headers }: FastifyRequest): string | undefined => {
  const agent = headers['user-agent'] ?? '';
  const word = (words: readonly (readonly [string, string])[]): string | undefined => words.find(([mark]) => agent.includes(mark))?.[1];
  const [browser, system] = [word(BROWSERS), word(SYSTEMS)];
  return browser !== undefined && system !== undefined ? `${browser} on ${system}` : (browser ?? system);
};
