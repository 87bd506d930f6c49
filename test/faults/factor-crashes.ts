import type { Page } from '../support/browser.js';
import { PersonInBrowser } from '../support/person-in-browser.js';
import { type CrashRow, always } from './crash-row.js';
import type { CrashWorld } from './crash-world.js';

/** Where somebody stands, in a word. */
const place = ({ html, url, status }: Page): string => {
  if (html.includes('Your recovery codes')) return 'codes';
  if (url.endsWith('/my/agents')) return 'in';
  if (html.includes('Confirm that it is you')) return 'confirm';
  return html.includes('How you sign in') ? 'security' : String(status);
};

const someone = async (world: CrashWorld): Promise<PersonInBrowser> => {
  const ana = new PersonInBrowser(world.hub, await world.person(), () => world.seconds);
  await ana.signIn();
  return ana;
};
const withPasskey = async (world: CrashWorld): Promise<PersonInBrowser> => {
  const ana = await someone(world);
  await ana.addPasskey();
  return ana;
};
/** With a session that may change factors. */
const confirmed = async (world: CrashWorld): Promise<PersonInBrowser> => {
  const ana = await withPasskey(world);
  await ana.showPasskey(await ana.browser.open('/my/security/unlock'), '/sign-in/confirm');
  return ana;
};
/** From the beginning, with what is always there. */
const signsInAgain = (ana: PersonInBrowser, passwords: readonly string[] = [ana.password]) => async (): Promise<string> => {
  for (const password of passwords) {
    ana.newBrowser();
    const page = await ana.signIn(password);
    if (page.status === 401) continue;
    return place(page.url.includes('/sign-in/factor') ? await ana.browser.submit(page, '/sign-in/factor', { factor: 'recovery', code: ana.codes[0]! }) : page);
  }
  return 'not signed in';
};

export const factorCrashes: Readonly<Record<string, CrashRow>> = {
  EnrolFactor: {
    // With the event the factor counts, and without codes the person makes new ones once they have shown it.
    appends: 2, sees: (durable) => (durable === 0 ? 'codes' : 'confirm'),
    prepare: async (world) => {
      const ana = await someone(world);
      return { act: async () => place(await ana.addPasskey()), again: async () => { const page = await ana.security(); return page.html.includes('data-passkey="create"') ? place(await ana.addPasskey()) : place(await ana.browser.open('/my/security/unlock')); } };
    },
  },
  ChangeFactor: {
    appends: 1, sees: always('Laptop at home'),
    prepare: async (world) => {
      const ana = await confirmed(world);
      const page = await ana.security();
      return async () => ((await ana.browser.submit(page, '/security/rename', { label: 'Laptop at home' })).html.includes('Laptop at home') ? 'Laptop at home' : 'not renamed');
    },
  },
  IssueRecoveryCodes: {
    appends: 1, sees: always('codes'),
    prepare: async (world) => {
      const ana = await confirmed(world);
      const page = await ana.security();
      return async () => place(await ana.browser.submit(page, '/security/recovery-codes', {}));
    },
  },
  EndSessions: {
    appends: 1, sees: always('security'),
    prepare: async (world) => {
      const ana = await someone(world);
      const page = await ana.security();
      return async () => place(await ana.browser.submit(page, '/security/sign-out-others', {}));
    },
  },
  ChangePassword: {
    // Whichever of the two holds by then, the person has both.
    appends: 2, sees: always('in'),
    prepare: async (world) => {
      const ana = await someone(world);
      const page = await ana.security();
      const password = 'a wholly new password';
      return { act: async () => place(await ana.browser.submit(page, '/security/password', { current: ana.password, password })), again: signsInAgain(ana, [password, ana.password]) };
    },
  },
  SignInWithPasskey: {
    appends: 2, sees: always('in'),
    prepare: async (world) => {
      const ana = await withPasskey(world);
      ana.newBrowser();
      return async () => place(await ana.showPasskey(await ana.browser.open('/sign-in'), '/sign-in/passkey'));
    },
  },
  CompleteSignIn: {
    appends: 2, sees: always('in'),
    prepare: async (world) => {
      const ana = await withPasskey(world);
      ana.newBrowser();
      const page = await ana.signIn();
      return { act: async () => place(await ana.showPasskey(page, '/sign-in/factor')), again: signsInAgain(ana) };
    },
  },
  ConfirmFactor: {
    // The code counts once, whether the sign-in came of it or not.
    appends: 3, sees: always('in'),
    prepare: async (world) => {
      const ana = await someone(world);
      await ana.addApp();
      ana.newBrowser();
      const page = await ana.signIn();
      return { act: async () => place(await ana.showCode(page, '/sign-in/factor', ana.code(1))), again: signsInAgain(ana) };
    },
  },
  StepUp: {
    appends: 2, sees: always('security'),
    prepare: async (world) => {
      const ana = await withPasskey(world);
      const page = await ana.browser.open('/my/security/unlock');
      // The cookie of after the step-up never arrived: the session of before it is asked once more, or the person signs in.
      return {
        act: async () => place(await ana.showPasskey(page, '/sign-in/confirm')),
        again: async () => {
          const next = await ana.browser.open('/my/security/unlock');
          return place(next.html.includes('/sign-in/confirm') ? await ana.showPasskey(next, '/sign-in/confirm') : await ana.showPasskey(next, '/sign-in/passkey'));
        },
      };
    },
  },
  ResetFactors: {
    appends: 1, sees: always('200'),
    prepare: async (world) => {
      const ana = await withPasskey(world);
      return async () => String((await world.admin('POST', `/api/users/${ana.userId}/factors/reset`, { reason: 'a test' }, { stream: `user-${ana.userId}`, type: 'FactorsWithdrawn' })).status);
    },
  },
};
