/** The one style sheet, inside the page. Text keeps 4.5:1 and lines 3:1 against what is behind them, light and dark. */
import { verbatim } from '@feedfleet/xml-text';

const LIGHT =
  '--paper:#f6f7f9;--panel:#fff;--ink:#1c2230;--soft:#545d6b;--edge:#dfe3e9;--grid:#e8ebf0;--band:#f1f4f8;' +
  '--good:#1a7346;--bad:#b3261e;--doubt:#8a5a00;--good-tint:#e9f6ef;--bad-tint:#fdecea;--doubt-tint:#fdf3df;' +
  '--s0:#2a6fdb;--s1:#c9432f;--s2:#1b8a5a;--s3:#a86a06;--s4:#7b52c7;--s5:#0e7f91;--s6:#b84590;--s7:#5f6b7a';
const DARK =
  '--paper:#12161d;--panel:#1a1f28;--ink:#e8ebf0;--soft:#a5aebb;--edge:#2d3541;--grid:#262d38;--band:#1f2530;' +
  '--good:#5fcf97;--bad:#ff8f85;--doubt:#f0b849;--good-tint:#16291f;--bad-tint:#331b1a;--doubt-tint:#2c2413;' +
  '--s0:#7aa7f5;--s1:#ff8a7a;--s2:#5fcf97;--s3:#f0b849;--s4:#b79cf5;--s5:#4fc3d9;--s6:#f08cc8;--s7:#a5aebb';

/** Lines beyond them take the same colours again, dashed. */
export const COLOURS = 8;

const SERIES = Array.from(
  { length: COLOURS },
  (_, place) => `.s${place}{stroke:var(--s${place})}.f${place}{fill:var(--s${place})}`,
).join('');

const SHEET = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:66rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2rem;padding-bottom:.75rem}
footer{padding-bottom:2rem;color:var(--soft);font-size:.9rem}
h1,h2,h3{line-height:1.25;margin:0;text-wrap:balance}
h1{font-size:clamp(1.4rem,4.5vw,2rem);font-weight:650}
h2{font-size:1.2rem;font-weight:650;margin-bottom:.75rem}
h3{font-size:1.02rem;font-weight:600;margin:1.25rem 0 .5rem}
p{margin:.4rem 0}
header p{color:var(--soft);font-size:1.08rem}
section{border:1px solid var(--edge);border-radius:.75rem;background:var(--panel);padding:1.25rem 1.4rem;margin:0 0 1.25rem}
.soft{color:var(--soft);font-size:.92rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.75rem;margin:0}
.tiles div{border:1px solid var(--edge);border-radius:.6rem;padding:.7rem .9rem}
.tiles dt{color:var(--soft);font-size:.88rem}
.tiles dd{margin:0}
.tiles .value{font-size:1.45rem;font-weight:650;line-height:1.3}
.scroll{overflow-x:auto}
.scroll+.scroll{margin-top:1.4rem}
table{border-collapse:collapse;width:100%;font-size:.92rem}
caption{text-align:left;font-weight:600;padding-bottom:.3rem}
th,td{padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--grid);vertical-align:top;text-align:left}
th{font-weight:600}
thead th{color:var(--soft);font-weight:500;font-size:.88rem}
tbody tr:last-child>*{border-bottom:0}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.good{color:var(--good);font-weight:600}
.bad{color:var(--bad);font-weight:600}
.doubt{color:var(--doubt);font-weight:600}
td.good,td.bad,td.doubt{font-weight:500}
.timeline td.good,.timeline td.bad,.timeline td.doubt{color:inherit;border-left:.25rem solid;padding-left:.6rem}
.timeline td{padding-left:.85rem}
.timeline td.good{border-left-color:var(--good);background:var(--good-tint)}
.timeline td.bad{border-left-color:var(--bad);background:var(--bad-tint)}
.timeline td.doubt{border-left-color:var(--doubt);background:var(--doubt-tint)}
.timeline th[scope=row]{white-space:nowrap;font-variant-numeric:tabular-nums}
.verdict{white-space:nowrap}
figure{margin:1.1rem 0 0;overflow-x:auto}
figure>svg{min-width:34rem}
figure:first-of-type{margin-top:.25rem}
figcaption{font-weight:600;margin-bottom:.3rem}
svg{display:block;width:100%;height:auto;overflow:visible;forced-color-adjust:none}
svg text{fill:var(--soft);font-size:12px}
svg .y{text-anchor:end}
svg .x{text-anchor:middle}
.grid{stroke:var(--grid);stroke-width:1}
.axis{stroke:var(--edge);stroke-width:1}
.band{fill:var(--band)}
.mark{stroke:var(--ink);stroke-width:1;stroke-dasharray:2 3}
svg .at{fill:var(--ink);font-weight:600;text-anchor:middle}
.dot{fill:var(--panel);stroke:var(--ink)}
.line{fill:none;stroke-width:1.75;stroke-linejoin:round;stroke-linecap:round}
.again{stroke-dasharray:6 4}
.twice{stroke-dasharray:2 4}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;list-style:none;padding:0;margin:.4rem 0 0;font-size:.9rem}
.legend svg{display:inline-block;width:1.6rem;height:.7rem;margin-right:.4rem}
.marks{margin:.4rem 0 0;padding-left:1.4rem;font-size:.9rem;color:var(--soft)}
${SERIES}
`;

export const style = verbatim(SHEET.trim().replaceAll('\n', ''));
