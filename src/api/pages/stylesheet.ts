/**
 * The one stylesheet of all pages, put into each of them: its hash is the only style that the policy allows.
 * System fonts, light and dark, from 320 px up. Every pair of colours that carries text has at least 4.5 : 1.
 */
const colours = `
:root{color-scheme:light dark;--ground:#f4f4f2;--card:#fff;--ink:#17181d;--soft:#585c68;--line:#e1e2e6;--edge:#80848f;--accent:#3443b5;
--accent-deep:#28348f;--on-accent:#fff;--tint:#eef0fb;--warn:#5a3b00;--warn-ground:#fff5dc;--warn-edge:#d9a53f;--bad:#a3201a;--bad-ground:#fdeeec;
--bad-edge:#dd8f89;--good:#17653a;--good-ground:#e9f6ee;--shadow:0 1px 2px rgb(20 22 40/.06),0 8px 28px rgb(20 22 40/.07)}
@media (prefers-color-scheme:dark){:root{--ground:#101216;--card:#191b21;--ink:#eceef2;--soft:#a9aeba;--line:#2c2f38;--edge:#717683;--accent:#a5afff;
--accent-deep:#c0c7ff;--on-accent:#11143a;--tint:#23263a;--warn:#f5d88f;--warn-ground:#2b2412;--warn-edge:#8c6b22;--bad:#ffb4ad;--bad-ground:#331a18;
--bad-edge:#8d403a;--good:#8fdcae;--good-ground:#14291d;--shadow:none}}
`;

const type = `
*,*::before,*::after{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
overflow-wrap:anywhere}
h1,h2,p,ul,dl,dd{margin:0;padding:0}
h1{font-size:1.5rem;line-height:1.25;font-weight:650;letter-spacing:-.012em;text-wrap:balance}
h2{font-size:1rem;line-height:1.4;font-weight:650}
code{font:.8125rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;color:var(--soft)}
strong{font-weight:650}
a{color:var(--accent);text-underline-offset:.18em;text-decoration-thickness:1px}
a:hover{color:var(--accent-deep);text-decoration-thickness:2px}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:4px}
.lead{color:var(--soft)}
.small{font-size:.8125rem;color:var(--soft)}
`;

const frame = `
.page{width:100%;max-width:27.5rem;margin:0 auto;padding:1.25rem 1rem 2rem}
.wide{max-width:46rem}
.broad{max-width:35rem}
.top{display:flex;align-items:center;gap:.625rem;margin:0 0 1.25rem;font-weight:650}
.mark{flex:none}
.foot{margin-top:1.5rem;font-size:.8125rem;color:var(--soft);text-align:center}
.card{background:var(--card);border:1px solid var(--line);border-radius:1rem;box-shadow:var(--shadow);padding:1.25rem}
.card+.card{margin-top:1rem}
.card>*+*,.stack>*+*{margin-top:1.25rem}
.stack>[type=hidden]+*{margin-top:0}
.card h1+p,.card h2+*,.stack h2+*{margin-top:.375rem}
.bar{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:.5rem 1rem}
.note{border:1px solid var(--warn-edge);background:var(--warn-ground);color:var(--warn);border-radius:.625rem;padding:.75rem .875rem;font-size:.9375rem}
.bad{border-color:var(--bad-edge);background:var(--bad-ground);color:var(--bad)}
.good{border-color:transparent;background:var(--good-ground);color:var(--good)}
@media (min-width:40rem){.page{padding-top:3rem}.card{padding:2rem}h1{font-size:1.625rem}}
@media (min-width:40rem) and (min-height:44rem){.narrow{padding-top:14vh}}
`;

const forms = `
label{display:block;font-weight:600;font-size:.9375rem}
.field+.field{margin-top:1rem}
.input{display:block;width:100%;min-height:2.875rem;margin-top:.375rem;padding:.5rem .75rem;border:1px solid var(--edge);border-radius:.625rem;
background:var(--card);color:var(--ink);font:inherit}
.input[aria-invalid]{border-color:var(--bad)}
.button{display:inline-flex;align-items:center;justify-content:center;min-height:2.875rem;padding:.5rem 1.25rem;border:1px solid var(--edge);
border-radius:.625rem;background:var(--card);color:var(--ink);font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer}
.button:hover{background:var(--tint);color:var(--ink)}
.main{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
.main:hover{background:var(--accent-deep);border-color:var(--accent-deep);color:var(--on-accent)}
.full{width:100%}
.slight{min-height:2.25rem;padding:.25rem .875rem;font-size:.875rem}
.link{padding:.25rem 0;border:0;background:none;color:var(--accent);font:inherit;font-size:.875rem;text-decoration:underline;text-underline-offset:.18em;
cursor:pointer}
.link:hover{color:var(--accent-deep)}
.code{font:1.125rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;letter-spacing:.12em}
.or{display:flex;align-items:center;gap:.75rem;font-size:.875rem;color:var(--soft)}
.or::before,.or::after{content:"";flex:1;height:1px;background:var(--line)}
summary{cursor:pointer;font-size:.9375rem;color:var(--accent)}
details[open]>summary{margin-bottom:1rem}
[hidden]{display:none}
@media (forced-colors:active){.button,.input,.card,.note{border-color:ButtonText}}
`;

const consent = `
.who{display:flex;align-items:center;gap:.875rem}
.badge{flex:none;display:grid;place-items:center;width:3rem;height:3rem;border-radius:.875rem;background:var(--tint);color:var(--accent);
border:1px solid var(--line);font-size:1.25rem;font-weight:650;overflow:hidden}
@media (max-width:24rem){.who{align-items:flex-start}.badge{width:2.25rem;height:2.25rem;border-radius:.625rem;font-size:1rem}}
.account{padding:.5rem .875rem;border:1px solid var(--line);border-radius:.625rem;font-size:.875rem}
.account p{min-width:0}
.facts>div{padding:.75rem 0;border-bottom:1px solid var(--line)}
.facts>div:first-child{padding-top:0}
.facts dt{font-size:.875rem;color:var(--soft)}
.host{font-size:1.0625rem;font-weight:650}
.list{list-style:none}
.list>li{display:flex;gap:.75rem;padding:.375rem 0}
.list code{display:block}
.list.plain{font-size:.9375rem;color:var(--soft)}
.list.plain>li{padding:.1875rem 0}
.list.plain>li::before{content:"";flex:none;width:.3125rem;height:.3125rem;margin-top:.5625rem;border-radius:50%;background:var(--edge)}
.tick{flex:none;width:1.25rem;height:1.25rem;margin-top:.125rem;color:var(--accent)}
.check{flex:none;width:1.25rem;height:1.25rem;margin:.125rem 0 0;accent-color:var(--accent)}
.list label{display:flex;gap:.75rem;font-weight:400;font-size:inherit;cursor:pointer}
.tag{display:inline-block;padding:0 .4375rem;border-radius:.3125rem;background:var(--tint);color:var(--accent);font-size:.75rem;font-weight:600;line-height:1.25rem}
.choice{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.75rem}
.choice .button{padding-inline:.5rem}
.columns>*+*{margin-top:1.25rem}
@media (min-width:64rem){.broad{max-width:60rem}.columns{display:grid;grid-template-columns:5fr 6fr;gap:2.5rem}.columns>*+*{margin:0}.columns .choice{grid-template-columns:2fr 3fr}}
`;

// A page can be uncovered under a double click that was meant for another window: the first click closes that window, the
// second would fall on "Allow". For the first moment after the pointer comes to the page, the button is covered. Keys and
// touch are not affected.
const guard = `
.guard{position:relative;display:grid}
.guard::after{content:"";position:absolute;inset:0;visibility:hidden}
@media (hover:hover) and (pointer:fine){.page:hover .guard::after{animation:guard .5s}}
@keyframes guard{from,to{visibility:visible}}
`;

const directory = `
.entry{padding:1.25rem 0;border-top:1px solid var(--line)}
.entry:last-child{padding-bottom:0}
.entry .bar{align-items:flex-start}
.entry .facts{margin-top:.75rem}
.entry .facts>div{padding:.1875rem 0;border:0}
@media (min-width:40rem){.entry .facts>div{display:grid;grid-template-columns:9rem 1fr;align-items:baseline}}
.items{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem .375rem}
.items li{padding:0 .5rem;border-radius:.375rem;background:var(--tint);font-size:.875rem}
.tabs{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;white-space:nowrap;border-bottom:1px solid var(--line);padding-bottom:.625rem}
.actions{display:flex;flex-wrap:wrap;gap:.5rem}
.address{display:block;padding:.625rem .75rem;border:1px solid var(--line);border-radius:.625rem;background:var(--ground);color:var(--ink);font-size:.875rem;user-select:all}
.ways{list-style:none;display:grid;gap:.75rem 1.5rem}
@media (min-width:40rem){.ways{grid-template-columns:1fr 1fr}}
.ways span{display:block;font-size:.875rem;color:var(--soft)}
`;

const security = `
.entry>details{margin-top:.75rem}
.row{display:flex;flex-wrap:wrap;align-items:flex-end;gap:.75rem}
.grow{flex:1 1 14rem}
.grow .input{font-weight:400}
.adding{display:grid;gap:1.5rem 2rem}
@media (min-width:40rem){.adding{grid-template-columns:1fr 1fr}}
.adding>div>*+*{margin-top:.5rem}
.qr{display:block;width:13rem;max-width:100%;margin-inline:auto;border-radius:.625rem;border:1px solid var(--line)}
.codes{columns:2 11rem;margin-bottom:0;padding:.75rem .75rem .75rem 2.5rem;border:1px solid var(--line);border-radius:.625rem;background:var(--ground)}
.codes li::marker{color:var(--soft);font-size:.8125rem}
.codes code{color:var(--ink);font-size:.9375rem;line-height:2;white-space:nowrap}
`;

export const stylesheet = colours + type + frame + forms + consent + guard + directory + security;
