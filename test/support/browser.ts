/** What a person does: follows links, fills in labelled fields, presses buttons. Keeps cookies, shows no mercy to redirects. */
export interface Page {
  readonly status: number;
  readonly url: string;
  readonly html: string;
  readonly headers: Headers;
  /** Where the answer sends the browser, when it leaves the hub. */
  readonly location: string | undefined;
}

const unescaped = (text: string): string =>
  text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

const attribute = (tag: string, name: string): string | undefined => {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return found === undefined ? undefined : unescaped(found);
};

export class Browser {
  private readonly cookies = new Map<string, string>();

  constructor(private readonly origin: string) {}

  async open(url: string): Promise<Page> {
    return this.go(new URL(url, this.origin), { method: 'GET' });
  }

  /** Submits the first form of the page whose action ends with `action`, its hidden fields included. */
  async submit(page: Page, action: string, fields: Readonly<Record<string, string | readonly string[]>>, headers: Record<string, string> = {}): Promise<Page> {
    const forms = page.html.match(/<form[\s\S]*?<\/form>/g) ?? [];
    const form = forms.find((text) => attribute(text, 'action')?.endsWith(action));
    if (!form) throw new Error(`no form for ${action} on ${page.url} (${page.status}): ${page.html.replace(/<style[\s\S]*?<\/style>/, '').slice(0, 2000)}`);
    const body = new URLSearchParams();
    for (const input of form.match(/<input[^>]*>/g) ?? []) {
      const name = attribute(input, 'name');
      const isChecked = attribute(input, 'type') !== 'checkbox' || /\schecked/.test(input);
      if (name !== undefined && !(name in fields) && isChecked) body.append(name, attribute(input, 'value') ?? '');
    }
    for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) body.append(name, one as string);
    const target = new URL(attribute(form, 'action') ?? '', page.url);
    return this.go(target, { method: 'POST', body, headers: { origin: this.origin, ...headers } });
  }

  cookie(name: string): string | undefined {
    return this.cookies.get(name);
  }

  setCookie(name: string, value: string): void {
    this.cookies.set(name, value);
  }

  private async go(url: URL, init: RequestInit): Promise<Page> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, ...(cookie === '' ? {} : { cookie }) } });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name === undefined) continue;
      if (value === '' || /max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value!);
    }
    const location = response.headers.get('location') ?? undefined;
    const target = location === undefined ? undefined : new URL(location, url);
    if (target && target.origin === this.origin) return this.go(target, { method: 'GET' });
    return { status: response.status, url: url.href, html: await response.text(), headers: response.headers, location };
  }
}
