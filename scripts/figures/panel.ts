export interface Series {
  readonly name: string;
  /** Undefined where nothing was measured. */
  readonly values: readonly (number | undefined)[];
}
export interface PanelOf {
  readonly title: string;
  readonly unit: string;
  /** One for each value; the distance between two is the same, whatever they say. */
  readonly labels: readonly string[];
  readonly series: readonly Series[];
}

const [WIDTH, HEIGHT] = [300, 200];
const BOX = { left: 44, right: 12, top: 44, bottom: 26 };
const GAP = 20;

/** Panels beside and below each other as one SVG that follows the reader's light or dark. `says` is for who can't see it. */
export const picture = (says: string, panels: readonly PanelOf[], columns = 3): string => {
  const beside = Math.min(columns, panels.length);
  const [width, height] = [beside * (WIDTH + GAP) + GAP, Math.ceil(panels.length / beside) * (HEIGHT + GAP) + GAP];
  const placed = panels.map((panel, n) => `<g transform="translate(${GAP + (n % beside) * (WIDTH + GAP)} ${GAP + Math.floor(n / beside) * (HEIGHT + GAP)})">${drawn(panel)}</g>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(says)}">
<style>${STYLE}</style>
<rect class="paper" width="${width}" height="${height}" rx="8"/>
${placed.join('\n')}
</svg>
`;
};

const STYLE = [
  'text{font:11px ui-sans-serif,system-ui,sans-serif;fill:#4b5563}', '.title{font-size:12.5px;font-weight:600;fill:#111827}', '.paper{fill:#fff}',
  '.grid{stroke:#e5e7eb}', '.s0{stroke:#4f46e5;fill:#4f46e5}', '.s1{stroke:#d97706;fill:#d97706}', '.s2{stroke:#059669;fill:#059669}',
  'polyline{fill:none!important;stroke-width:2;stroke-linejoin:round}', 'tspan{stroke:none!important}',
  '@media(prefers-color-scheme:dark){text{fill:#9ca3af}.title{fill:#f3f4f6}.paper{fill:#111827}.grid{stroke:#374151}.s0{stroke:#818cf8;fill:#818cf8}.s1{stroke:#fbbf24;fill:#fbbf24}.s2{stroke:#34d399;fill:#34d399}}',
].join('');

const drawn = ({ title, unit, labels, series }: PanelOf): string => {
  const top = roundAbove(Math.max(...series.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const x = (n: number): number => BOX.left + (labels.length < 2 ? 0.5 : n / (labels.length - 1)) * (WIDTH - BOX.left - BOX.right);
  const y = (value: number): number => HEIGHT - BOX.bottom - (value / top) * (HEIGHT - BOX.top - BOX.bottom);
  const lines = [0, top / 2, top].map((value) =>
    `<line class="grid" x1="${BOX.left}" x2="${WIDTH - BOX.right}" y1="${place(y(value))}" y2="${place(y(value))}"/><text x="${BOX.left - 6}" y="${place(y(value) + 4)}" text-anchor="end">${short(value)}</text>`);
  const every = Math.ceil(labels.length / 6);
  const below = labels.map((label, n) => (n % every === 0 ? `<text x="${place(x(n))}" y="${HEIGHT - 8}" text-anchor="middle">${escaped(label)}</text>` : ''));
  const curves = series.map(({ values }, n) => {
    const points = values.flatMap((value, at) => (value === undefined ? [] : [[place(x(at)), place(y(value))] as const]));
    const dots = points.length <= 12 ? points.map(([cx, cy]) => `<circle class="s${n}" cx="${cx}" cy="${cy}" r="3"/>`).join('') : '';
    return `<polyline class="s${n}" points="${points.map((point) => point.join(',')).join(' ')}"/>${dots}`;
  });
  const names = series.length < 2 ? '' : `<text x="0" y="30">${series.map(({ name }, n) => `<tspan class="s${n}">${escaped(name)}</tspan>`).join('<tspan>  ·  </tspan>')}</text>`;
  return `<text class="title" x="0" y="13">${escaped(title)}<tspan font-weight="400">, ${escaped(unit)}</tspan></text>${names}${lines.join('')}${below.join('')}${curves.join('')}`;
};

/** The next of 1, 2, 4, 5, 8 and their tenfolds: the axis ends on a number that can be halved. */
const roundAbove = (most: number): number => {
  const tens = 10 ** Math.floor(Math.log10(Math.max(most, 0.001)));
  return tens * ([1, 2, 4, 5, 8, 10].find((step) => step * tens >= most) ?? 10);
};

const place = (value: number): string => value.toFixed(1);
const short = (value: number): string => (value >= 10_000 ? `${value / 1000}k` : String(Number(value.toPrecision(3))));
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
