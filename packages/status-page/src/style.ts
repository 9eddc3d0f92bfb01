/** The one style sheet, inside each page, so that a page needs nothing else. Colours keep 4.5:1 for text and 3:1 for shapes, dark and light. */

const LIGHT =
  '--paper:#f6f7f9;--panel:#fff;--ink:#1c2230;--soft:#545d6b;--edge:#dfe3e9;--link:#1f56b3;--mark-ink:#fff;--hollow:#d3d8df;' +
  '--up:#1f8a54;--up-text:#1a7346;--degraded:#b87503;--degraded-text:#8a5a00;--down:#c5362c;--down-text:#b3261e;' +
  '--maintenance:#3d70cc;--maintenance-text:#2a5bb8;--unknown:#6b7482;--unknown-text:#545d6b;' +
  '--up-tint:#e9f6ef;--degraded-tint:#fdf3df;--down-tint:#fdecea;--maintenance-tint:#eaf1fd;--unknown-tint:#eef0f3';
const DARK =
  '--paper:#12161d;--panel:#1a1f28;--ink:#e8ebf0;--soft:#a5aebb;--edge:#2d3541;--link:#8ab8ff;--mark-ink:#12161d;--hollow:#3a4350;' +
  '--up:#3a9f70;--up-text:#5fcf97;--degraded:#e2a636;--degraded-text:#f0b849;--down:#f0776c;--down-text:#ff8f85;' +
  '--maintenance:#7aa7f5;--maintenance-text:#93b9ff;--unknown:#8f99a8;--unknown-text:#a5aebb;' +
  '--up-tint:#16291f;--degraded-tint:#2c2413;--down-tint:#331b1a;--maintenance-tint:#182439;--unknown-tint:#20262f';

const states = (rule: (state: string) => string): string =>
  ['up', 'degraded', 'down', 'maintenance', 'unknown'].map(rule).join('');

const SHEET = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:60rem;margin:0 auto;padding:0 1.25rem}
header{display:flex;flex-wrap:wrap;align-items:baseline;gap:.25rem 1.5rem;padding-top:1.5rem;padding-bottom:1rem}
header .site{font-weight:650;font-size:1.1rem;color:inherit;text-decoration:none;margin-right:auto}
nav ul{display:flex;gap:1.25rem;list-style:none;margin:0;padding:0}
a{color:var(--link);text-underline-offset:.15em}
a[aria-current]{color:inherit;font-weight:600;text-decoration:none}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:3px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--panel);padding:.4rem .8rem;z-index:2}
.away{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
h1,h2,h3{line-height:1.25;margin:0}
h1{font-size:clamp(1.4rem,4.5vw,2rem);font-weight:650;text-wrap:balance}
h2{font-size:1.15rem;font-weight:650;margin-bottom:.9rem}
h3{font-size:1.02rem;font-weight:600}
p{margin:.35rem 0}
.soft,.kind{color:var(--soft)}
.soft,.kind,small{font-size:.9rem}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.88rem}
.mark{width:1.1em;height:1.1em;vertical-align:-.18em;flex:none;overflow:visible}
.ink{fill:none;stroke:var(--mark-ink);stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
symbol .line{fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round}
${states((state) => `.mark.${state}{color:var(--${state})}.state.${state}{color:var(--${state}-text)}.days .${state}{stroke:var(--${state})}.overall.${state}{background:var(--${state}-tint);border-color:var(--${state})}`)}
.state{font-weight:600;white-space:nowrap}
.overall,.panel{border:1px solid var(--edge);border-radius:.75rem;background:var(--panel);padding:1.25rem 1.4rem;margin:0 0 1.25rem}
.overall{border-left-width:.5rem;padding:1.5rem 1.4rem}
.overall h1{display:flex;gap:.6rem;align-items:flex-start}
.overall h1 .mark{margin-top:.07em}
.overall p{margin:.5rem 0 0;color:var(--soft)}
.overall p+p{margin-top:.1rem}
.steps{border-color:var(--link);border-width:2px}
.advice+.advice,article+article{border-top:1px solid var(--edge);margin-top:1.1rem;padding-top:1.1rem}
.swap{display:grid;grid-template-columns:max-content 1fr;gap:.3rem .9rem;margin:.6rem 0}
.swap dt{color:var(--soft)}
.swap dd{margin:0}
.old{text-decoration:line-through;color:var(--soft)}
.new{font-weight:650;-webkit-user-select:all;user-select:all}
pre{margin:.4rem 0;padding:.8rem 1rem;background:var(--paper);border:1px solid var(--edge);border-radius:.5rem;white-space:pre-wrap;overflow-wrap:anywhere;-webkit-user-select:all;user-select:all}
.copy{font:inherit;font-size:.9rem;color:var(--link);background:var(--panel);border:1px solid var(--edge);border-radius:.4rem;padding:.25rem .8rem;cursor:pointer}
.note{border-left:3px solid var(--link);padding:.1rem 0 .1rem 1rem;margin:.8rem 0}
.note .kind{font-weight:600;margin:0}
.family{display:grid;grid-template-columns:1fr auto;gap:0 1rem}
.family>*{grid-column:1/-1}
.family h3{grid-column:1}
.family .now{grid-column:2;grid-row:1;margin:0;text-align:right}
.family h3 a{color:inherit;text-decoration-color:var(--hollow)}
.reason{color:var(--soft);font-size:.9rem;margin:.1rem 0}
.reason .soft{font-size:inherit}
.address{margin:.1rem 0 .6rem}
.address code{color:var(--soft);-webkit-user-select:all;user-select:all}
.days{display:block;width:100%;height:2.5rem;forced-color-adjust:none}
.days path,.track{fill:none;stroke-width:6}
.track{stroke:var(--hollow)}
.days .hit{stroke:transparent;stroke-width:8}
.scale{display:flex;justify-content:space-between;gap:1rem;margin:.25rem 0 0;font-size:.85rem;color:var(--soft)}
.scale .soft{font-size:inherit}
.latency{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:.2rem 1rem;margin:.45rem 0 0;font-size:.9rem}
.latency svg{width:10rem;height:1.75rem;overflow:visible;forced-color-adjust:none}
.line path{fill:none;stroke-width:1.5;vector-effect:non-scaling-stroke;stroke-linecap:round;stroke-linejoin:round}
path.p50{stroke:var(--link)}
.line path.p95{stroke:var(--unknown);stroke-width:1}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.93rem}
caption{text-align:left;color:var(--soft);font-size:.9rem;padding-bottom:.5rem}
th,td{text-align:left;padding:.38rem .9rem .38rem 0;border-top:1px solid var(--edge);vertical-align:top;overflow-wrap:normal}
thead th{border-top:0;font-weight:600;vertical-align:bottom}
tbody th{font-weight:500}
tfoot th,tfoot td{font-weight:650}
.number{font-variant-numeric:tabular-nums;white-space:nowrap}
.low{color:var(--down-text);font-weight:600}
.scroll th,.scroll td{white-space:nowrap}
.scroll .wrap{white-space:normal;min-width:9rem}
.scroll tr>:first-child{position:sticky;left:0;background:var(--panel);white-space:normal;overflow-wrap:anywhere;min-width:9.3rem;max-width:48vw}
.scroll td:last-child,.scroll th:last-child{padding-right:0}
details{margin:.6rem 0 0}
details[open]>summary{margin-bottom:.7rem}
summary{cursor:pointer;color:var(--link);width:fit-content}
.list{list-style:none;margin:0;padding:0;display:grid;gap:.7rem}
.list li{display:flex;gap:.6rem}
.list .mark{margin-top:.22em}
.timeline{list-style:none;margin:.7rem 0 0;padding:0 0 0 1rem;border-left:2px solid var(--edge)}
.timeline li+li{margin-top:.9rem}
.timeline p{margin:0}
.states{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1rem}
.states dd{margin:0}
.formula{margin-left:1rem}
.stale{position:fixed;inset:auto 0 0 0;margin:0;padding:.7rem 1.25rem;text-align:center;background:var(--ink);color:var(--paper);animation:late 1ms 300s both}
.stale a{color:inherit}
.stale.shown{animation:none}
@keyframes late{from{visibility:hidden}to{visibility:visible}}
footer{padding-top:.5rem;padding-bottom:4rem;color:var(--soft);font-size:.9rem}
footer ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;margin:0 0 .6rem;padding:0}
@media (max-width:34rem){
header,main,footer{padding-left:.9rem;padding-right:.9rem}
.overall,.panel{padding:1.05rem 1rem}
.latency svg{width:100%}
.swap{grid-template-columns:1fr;gap:0}
.swap dd+dt{margin-top:.5rem}
}
@media (prefers-reduced-motion:no-preference){a,summary{transition:color .15s}}
@media print{
:root{${LIGHT}}
body{background:#fff;font-size:.85rem}
nav,.stale,.copy,.skip{display:none}
.overall,.panel{break-inside:avoid-page;border-color:#999}
svg,.overall{print-color-adjust:exact;-webkit-print-color-adjust:exact}
.scroll{overflow:visible}
}
`;

export function styleSheet(): string {
  return SHEET.replace(/\n/g, '');
}
