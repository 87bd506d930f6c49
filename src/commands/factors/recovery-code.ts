import type { Crypto } from '../../domain/ports/crypto.js';

/** Without the letters that are taken for digits; thirty-two of them, so that each tells five bits. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const CHARACTERS = 16;

/** Eighty random bits, as people can copy them: nobody guesses one, however often they try. */
export const newRecoveryCode = (crypto: Crypto): string => {
  const random = atob(crypto.randomSecret('').replaceAll('-', '+').replaceAll('_', '/'));
  const text = Array.from(random.slice(0, CHARACTERS), (byte) => ALPHABET[byte.charCodeAt(0) & 31]).join('');
  return text.replace(/(.{4})(?=.)/g, '$1-');
};

/** How it stands in the vault, whichever way it was typed. */
export const recoveryMac = (crypto: Crypto, tenant: string, userId: string, code: string): string =>
  crypto.mac('recovery-code', JSON.stringify([tenant, userId, code.toLowerCase().replaceAll(/[^0-9a-z]/g, '').replaceAll('o', '0').replaceAll(/[il]/g, '1')]));
