/** The style of a backtest's page: the dashboard's colours, one column, for screen and print. */
export const STYLE = `
:root{color-scheme:light dark;--ground:#f5f6f4;--card:#fff;--ink:#17211d;--muted:#5c6a64;--line:#e4e8e5;--accent:#0f6e5c;--gain:#0b7a4b;--loss:#b1362e}
@media (prefers-color-scheme:dark){:root{--ground:#0e1412;--card:#161e1b;--ink:#e6ede9;--muted:#94a39c;--line:#26312d;--accent:#56c7a9;--gain:#5ecf97;--loss:#f28e84}}
*{box-sizing:border-box;margin:0}
body{background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1080px;margin:0 auto;padding:32px 20px;display:grid;gap:16px}
h1{font-size:24px;line-height:1.2}h2{font-size:16px;margin-bottom:8px}
header p,.note{color:var(--muted);font-size:13.5px}.note{margin-bottom:8px}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:18px 20px;min-width:0}
.figures{display:grid;grid-template-columns:repeat(5,minmax(0,1fr));gap:1px;background:var(--line);border:1px solid var(--line);border-radius:14px;overflow:hidden}
.figure{background:var(--card);padding:12px 16px;display:grid}.figure span{color:var(--muted);font-size:12.5px}.figure strong{font-size:19px;font-weight:600}.figure .small{font-size:13.5px;font-weight:500;color:var(--muted);align-self:end}
@media (max-width:720px){.figures{grid-template-columns:repeat(2,minmax(0,1fr))}}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(380px,1fr));gap:16px;align-items:start}
.scroll{overflow-x:auto;max-height:560px;overflow-y:auto}.scroll+.scroll{margin-top:14px}
table{border-collapse:collapse;width:100%;font-size:13px}
th{text-align:left;color:var(--muted);font-weight:500;font-size:12px}
th,td{padding:5px 12px 5px 0;white-space:pre;vertical-align:top}
td{border-top:1px solid var(--line)}tbody th{border-top:1px solid var(--line)}
.months td,.months th{text-align:right;padding:5px 6px}
.gain{color:var(--gain)}.loss{color:var(--loss)}
ul{padding-left:18px}li{margin:4px 0}
svg{display:block;width:100%;height:auto}
.grid{stroke:var(--line);stroke-width:1}.tick{fill:var(--muted);font-size:11px}
.line{fill:none;stroke-width:1.4;stroke-linejoin:round;vector-effect:non-scaling-stroke}
.line.equity{stroke:var(--accent)}.line.price{stroke:var(--muted);stroke-width:1}.line.depth{stroke:var(--loss);stroke-width:1}
.area{stroke:none;opacity:.18}.area.depth{fill:var(--loss)}
.mark.long{fill:var(--accent)}.mark.short{fill:var(--loss)}.mark.gain{fill:var(--gain)}.mark.loss{fill:var(--loss)}.mark{opacity:.75}
@media print{body{background:#fff}.card,.figures{break-inside:avoid}.scroll{max-height:none}}
`;
