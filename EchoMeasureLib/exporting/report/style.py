"""How the page looks, on a screen and on A4."""

STYLE = """
:root {
  color: #16181d;
  background: #fff;
  font: 15px/1.45 system-ui, "Segoe UI", Helvetica, Arial, sans-serif;
}
body { max-width: 1080px; margin: 0 auto; padding: 1.5rem 1.5rem 3rem; }
h1 { font-size: 1.7rem; margin: 0 0 .6rem; }
h2 {
  font-size: 1.2rem;
  margin: 2rem 0 .6rem;
  padding-bottom: .2rem;
  border-bottom: 2px solid #16181d;
}
h3 { font-size: 1rem; margin: 1.1rem 0 .35rem; }
p { margin: .35rem 0; }
ul { margin: .35rem 0; padding-left: 1.3rem; }
.notice { border: 3px solid #16181d; padding: .55rem .9rem; font-weight: 700; margin: .8rem 0; }
.draft { border: 3px dashed #16181d; padding: .55rem .9rem; margin: .8rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: .6rem 0; }
dt { font-weight: 600; }
dd { margin: 0; white-space: pre-line; overflow-wrap: anywhere; }
table {
  border-collapse: collapse;
  width: 100%;
  margin: .3rem 0 1.1rem;
  font-variant-numeric: tabular-nums;
}
caption { text-align: left; font-weight: 700; padding: .3rem 0; }
th, td {
  text-align: left;
  vertical-align: top;
  padding: .28rem .8rem .28rem 0;
  border-bottom: 1px solid #c4c7ce;
  white-space: pre-line;
  overflow-wrap: break-word;
}
thead th { border-bottom: 1.5px solid #16181d; font-size: .87rem; }
tbody th { font-weight: 600; }
.group th { padding-top: .9rem; border-bottom: 1.5px solid #16181d; }
.number { font-weight: 700; }
.whole { white-space: nowrap; }
.values { table-layout: fixed; }
.values th:nth-child(1) { width: 18%; }
.values th:nth-child(2) { width: 13%; }
.values th:nth-child(3) { width: 11%; }
.values th:nth-child(4) { width: 12%; }
.values th:nth-child(5) { width: 11%; }
.values th:nth-child(7) { width: 9%; }
.pairs th:first-child { width: 42%; }
.small { font-size: .87em; }
.mark { font-weight: 700; }
.quiet { color: #4d525c; }
.code {
  font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace;
  font-size: .82em;
  overflow-wrap: anywhere;
}
.pictures {
  display: grid;
  grid-template-columns: repeat(2, minmax(0, 1fr));
  gap: 1.1rem;
  align-items: start;
}
figure { margin: 0; break-inside: avoid; }
figure img { width: 100%; height: auto; border: 1px solid #16181d; display: block; }
.none { border: 1px dashed #16181d; padding: 1.2rem .9rem; }
figcaption { font-size: .87rem; margin-top: .3rem; white-space: pre-line; }
footer { margin-top: 2rem; border-top: 1px solid #16181d; padding-top: .6rem; }
@media (max-width: 700px) { .pictures { grid-template-columns: 1fr; } }
@media print {
  :root { font-size: 8.5pt; }
  body { max-width: none; padding: 0; }
  h2, h3, caption { break-after: avoid; }
  tr, li, dl, .notice, .draft { break-inside: avoid; }
  .group { break-after: avoid; }
  thead { display: table-header-group; }
  .grade { break-inside: avoid; }
  th, td { padding: .2rem .55rem .2rem 0; }
}
@page {
  size: A4; margin: 16mm 15mm 18mm;
  @bottom-left {
    content: "EchoMeasure: research use only, not a medical device";
    font: 8pt system-ui, sans-serif;
  }
  @bottom-right {
    content: "Page " counter(page) " of " counter(pages);
    font: 8pt system-ui, sans-serif;
  }
}
"""
"""No font, picture or script from elsewhere. What is marked has a shape and a word, no colour."""
