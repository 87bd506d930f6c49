import { plainLine } from './display-name.js';
import { type Hole, type Html, html, trusted } from './html.js';
import { favicon, mark } from './mark.js';
import { stylesheet } from './stylesheet.js';

/** What surrounds a page. */
export interface Frame {
  /** Of the browser's tab. */
  readonly title: string;
  /** Whose hub it is; Mandate itself when no tenant is known. */
  readonly tenantName?: string | undefined;
  readonly width?: 'narrow' | 'wide' | 'broad' | undefined;
  /** More for the document's head. */
  readonly head?: Html | undefined;
  readonly body: Hole;
}

const PRODUCT = 'Mandate';

// As it is in the file, byte for byte: its hash stands in the policy.
const style = trusted(`<style>${stylesheet}</style>`);

export const tenantLabel = (name: string | undefined): string => plainLine(name ?? '', 80) || PRODUCT;

/** True for a hub that serves one tenant only and was given no name. */
export const isUnnamed = (name: string | undefined): boolean => tenantLabel(name) === PRODUCT;

/** A whole document: one stylesheet, no script, nothing from elsewhere. */
export const page = ({ title, tenantName, width = 'narrow', head, body }: Frame): string => {
  const tenant = tenantLabel(tenantName);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${tenant === title ? title : `${title} · ${tenant}`}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
${favicon}${head}
${style}
</head>
<body>
<div class="page ${width}">
<header class="top">${mark}<span><bdi>${tenant}</bdi></span></header>
<main>
${body}
</main>
${!isUnnamed(tenantName) && html`<footer class="foot">Runs on Mandate, the open identity hub for agents</footer>`}
</div>
</body>
</html>
`.toString();
};
