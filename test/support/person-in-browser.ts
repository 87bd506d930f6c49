import { Authenticator, type Lies, passkeyPrompt } from './authenticator.js';
import type { Browser, Page } from './browser.js';
import { ANA, type TestHub } from './hub.js';
import type { HubOverHttp } from './hub-over-http.js';
import { totpAt } from './totp.js';

let counter = 0;

/** A person with an account, a browser, and whatever factors they have got. */
export class PersonInBrowser {
  browser: Browser;
  passkey: Authenticator;
  secret = '';
  codes: readonly string[] = [];

  readonly userId: string;
  readonly email: string;
  readonly password: string;

  constructor(private readonly hub: HubOverHttp, account: { readonly userId: string; readonly email: string; readonly password: string }, private readonly seconds: () => number) {
    ({ userId: this.userId, email: this.email, password: this.password } = account);
    this.browser = hub.browser();
    this.passkey = new Authenticator(hub.issuer);
  }

  /** Nobody else has this account. */
  static async of(hub: TestHub): Promise<PersonInBrowser> {
    counter += 1;
    const email = `person${counter}@example.com`;
    return new PersonInBrowser(hub, { userId: await hub.user({ ...ANA, email }), email, password: ANA.password }, () => hub.inside.clock.seconds());
  }

  newBrowser(): Browser {
    return (this.browser = this.hub.browser());
  }

  async signIn(password = this.password): Promise<Page> {
    return this.browser.submit(await this.browser.open('/sign-in'), '/sign-in', { email: this.email, password });
  }

  security(): Promise<Page> {
    return this.browser.open('/my/security');
  }

  async addPasskey(lies: Lies = {}): Promise<Page> {
    const page = await this.security();
    return this.keep(await this.browser.submit(page, '/security/passkey', { answer: this.passkey.create(passkeyPrompt(page, 'create').options, lies), label: 'My laptop' }));
  }

  async addApp(code?: string): Promise<Page> {
    const page = await this.browser.open('/my/security/app');
    this.secret = /<code class="address">([^<]+)</.exec(page.html)![1]!.replaceAll(' ', '');
    return this.keep(await this.browser.submit(page, '/security/app', { code: code ?? this.code() }));
  }

  /** What the app shows now, or so many steps later. */
  code(steps = 0): string {
    return totpAt(this.secret, this.seconds() + steps * 30);
  }

  showPasskey(page: Page, action: string, lies: Lies = {}): Promise<Page> {
    return this.browser.submit(page, action, { factor: 'passkey', answer: this.passkey.get(passkeyPrompt(page).options, lies) });
  }

  /** The form of the code stands behind that of the passkey when there are both. */
  showCode(page: Page, action: string, code = this.code()): Promise<Page> {
    return this.browser.submit(page, action, { factor: 'totp', code });
  }

  private keep(page: Page): Page {
    const codes = [...page.html.matchAll(/<li><code>([^<]+)<\/code>/g)].map(([, code]) => code!);
    if (codes.length > 0) this.codes = codes;
    return page;
  }
}
