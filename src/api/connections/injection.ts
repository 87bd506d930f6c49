import type { KnownConnection } from '../../domain/connection/connection.decider.js';

/** The credential as it stands in a call. */
export interface Injection {
  /** Lower case; undefined when it stands in the query. */
  readonly header: string | undefined;
  readonly value: string;
  readonly parameter: string | undefined;
  /** Everything that must not come back: the secret, and what it looks like in addresses and in JSON. */
  readonly secrets: readonly string[];
}

/** Services repeat the address that they were asked at, and quote. For most secrets it is all the same. */
const looksOf = (secret: string): readonly string[] => {
  const inAddress = encodeURIComponent(secret);
  const quoted = JSON.stringify(secret).slice(1, -1);
  return [...new Set([secret, inAddress, inAddress.replaceAll(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()), quoted, quoted.replaceAll('/', '\\/')])];
};

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

export const injectionOf = ({ apiKey }: Pick<KnownConnection, 'apiKey'>, secret: string): Injection => {
  if (!apiKey) return { header: 'authorization', value: `Bearer ${secret}`, parameter: undefined, secrets: looksOf(secret) };
  if (apiKey.placement === 'basic') {
    const password = secret.slice(secret.indexOf(':') + 1);
    // A short password would be found in every other answer by chance.
    return { header: 'authorization', value: `Basic ${base64(secret)}`, parameter: undefined, secrets: [...looksOf(base64(secret)), ...(password.length < 8 ? [] : looksOf(password))] };
  }
  if (apiKey.placement === 'query') return { header: undefined, value: secret, parameter: apiKey.name, secrets: looksOf(secret) };
  return { header: apiKey.name!.toLowerCase(), value: (apiKey.prefix ?? '') + secret, parameter: undefined, secrets: looksOf(secret) };
};

/** The query with the credential in its place; what the agent put there is not sent. */
export const queryWith = (query: string, { parameter, value }: Injection): string => {
  if (parameter === undefined) return query;
  const kept = query.split('&').filter((pair) => pair !== '' && nameOf(pair) !== parameter.toLowerCase());
  return [...kept, `${encodeURIComponent(parameter)}=${encodeURIComponent(value)}`].join('&');
};

const nameOf = (pair: string): string => {
  try {
    return decodeURIComponent(pair.split('=', 1)[0]!.replaceAll('+', ' ')).toLowerCase();
  } catch {
    return '';
  }
};
