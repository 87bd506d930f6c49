import { trusted } from './html.js';

/** Mandate's mark: an M whose middle is a tick. */
const DRAWING = '<rect width="24" height="24" rx="6" fill="#3443b5"/>'
  + '<path d="M6 17.5V9l4.5 5.2L18 6.5v11" fill="none" stroke="#fff" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/>';

export const mark = trusted(`<svg class="mark" viewBox="0 0 24 24" width="28" height="28" aria-hidden="true">${DRAWING}</svg>`);

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">${DRAWING}</svg>`;

/** In the page itself: a page asks no server for anything more. */
export const favicon = trusted(`<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}">`);

/** Stands before what is allowed with the rest and can't be left out. */
export const tick = trusted('<svg class="tick" viewBox="0 0 20 20" aria-hidden="true"><path d="M4 10.5l4 4 8-9" fill="none" stroke="currentColor" stroke-width="2" '
  + 'stroke-linecap="round" stroke-linejoin="round"/></svg>');
