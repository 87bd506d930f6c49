import { trusted } from './html.js';

/** Where the one script of the pages is; the same for every tenant. */
const SCRIPT_PATH = '/passkeys.js';

/** Puts the script into a page that has a passkey's form; send it with `sendPageWithScript`. */
export const passkeyScriptTag = trusted(`<script src="${SCRIPT_PATH}" defer></script>`);

/**
 * Calls the browser's passkey prompt when a form with `data-passkey` is sent, puts the answer into it and sends it. It speaks to
 * nobody by itself and changes nothing else, so a page without it lacks passkeys and no more.
 */
export const passkeyScript = `'use strict';
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=+$/, '');
  const withIds = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
  const create = async (options) => {
    const publicKey = { ...options, challenge: bytes(options.challenge), user: { ...options.user, id: bytes(options.user.id) }, excludeCredentials: withIds(options.excludeCredentials) };
    const made = await navigator.credentials.create({ publicKey });
    const { response } = made;
    return { attestationObject: text(response.attestationObject), transports: response.getTransports ? response.getTransports() : [], made };
  };
  const get = async (options) => {
    const made = await navigator.credentials.get({ publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: withIds(options.allowCredentials) } });
    const { authenticatorData, signature, userHandle } = made.response;
    return { authenticatorData: text(authenticatorData), signature: text(signature), ...(userHandle ? { userHandle: text(userHandle) } : {}), made };
  };
  const answerOf = ({ made, ...response }) => JSON.stringify({
    id: made.id, rawId: text(made.rawId), type: made.type, clientExtensionResults: {}, response: { clientDataJSON: text(made.response.clientDataJSON), ...response },
  });
  const words = {
    NotAllowedError: 'Nothing was confirmed: it was cancelled or took too long. Try again.',
    InvalidStateError: 'This device has a passkey for this account already.',
    SecurityError: 'Passkeys can\\u2019t be used at this address.',
  };
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    if (!window.PublicKeyCredential) continue;
    const button = form.querySelector('button');
    const problem = form.querySelector('[role=alert]');
    button.hidden = false;
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (button.disabled) return;
      button.disabled = true;
      problem.hidden = true;
      try {
        form.elements.answer.value = answerOf(await (form.dataset.passkey === 'create' ? create : get)(JSON.parse(form.dataset.options)));
        form.submit();
      } catch (error) {
        problem.textContent = words[error.name] || 'The passkey did not work here. Try another way.';
        problem.hidden = false;
        button.disabled = false;
      }
    });
  }
})();
`;
