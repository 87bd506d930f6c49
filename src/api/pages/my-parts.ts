import { plainLine } from './display-name.js';
import { type Html, html } from './html.js';
import { localPath } from './safe-url.js';

interface WhoIsHere {
  readonly user: { readonly name: string; readonly email: string };
  readonly csrf: string;
  /** Without it no button is shown. */
  readonly signOutAction?: string | undefined;
}

/** Who is signed in, and the way out. Posts `csrf` to `signOutAction`. */
export const whoIsHere = ({ user, csrf, signOutAction }: WhoIsHere): Html => {
  const email = plainLine(user.email, 254);
  const who = html`<p>You are <strong><bdi>${plainLine(user.name, 80) || email}</bdi></strong> <span class="small"><bdi>${email}</bdi></span></p>`;
  if (signOutAction === undefined) return html`<div class="account bar">${who}</div>`;
  return html`<form method="post" action="${localPath(signOutAction)}" class="account bar">
<input type="hidden" name="csrf" value="${csrf}">
${who}
<button class="link" type="submit">Sign out</button>
</form>`;
};

const NAMES = { agents: 'My agents', connections: 'My connections', approvals: 'My approvals', security: 'Security' } as const;
type Tab = keyof typeof NAMES;

interface Tabs {
  readonly agentsHref?: string | undefined;
  readonly connectionsHref?: string | undefined;
  readonly approvalsHref?: string | undefined;
  readonly securityHref?: string | undefined;
}

/** What every page of a person's own is made with. */
export interface OwnPage extends WhoIsHere, Tabs {
  readonly tenantName: string;
}

/** The pages of a person's own, and which one this is. */
export const tabs = (hrefs: Tabs, current: Tab): Html => {
  const tab = (name: Tab): Html | false => {
    const href = hrefs[`${name}Href`];
    if (name === current) return html`<li><strong aria-current="page">${NAMES[name]}</strong></li>`;
    return href !== undefined && html`<li><a href="${localPath(href)}">${NAMES[name]}</a></li>`;
  };
  return html`<nav aria-label="My pages"><ul class="tabs">${(Object.keys(NAMES) as Tab[]).map(tab)}</ul></nav>`;
};

const DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });

/** A day, with the moment for machines. */
export const day = (iso: string): Html | string => {
  const time = Date.parse(iso);
  return Number.isNaN(time) ? 'Not known' : html`<time datetime="${iso}">${DAY.format(time)}</time>`;
};
