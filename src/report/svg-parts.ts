/** What SVG pictures of results are made of. Text from outside is made harmless here. */
import { printable } from "./format.ts";

/** Characters of a trace's name that are shown. */
const MAX_NAME = 56;

/** In units of the picture, which is scaled to the width that it is given. */
export const WIDTH = 720;
/** Of a character in the largest font. */
export const CHARACTER = 11.5;
export const LINE_HEIGHT = 28;

/** The rules that every picture has, for paper and for the dark, and those of one, each in a line. */
export function styleSheet(rules: string, darkRules: string): string {
  return `
.pw text{font:15px system-ui,sans-serif;fill:#222}
.pw .name{font-weight:600}
.pw .soft{fill:#666}
.pw .paper{fill:#fff}
.pw .grid{stroke:#ddd;fill:none}
.pw .axis{stroke:#666;fill:none}
.pw .line{fill:none;stroke-width:2;stroke-linejoin:round}
${rules}
@media (min-width:1000px){.pw text{font-size:12px}}
@media (max-width:520px){.pw text{font-size:20px}.pw .minor{display:none}}
@media screen and (prefers-color-scheme:dark){
.pw text{fill:#e6e6e6}.pw .soft{fill:#a6a6a6}.pw .paper{fill:#181818}.pw .grid{stroke:#383838}.pw .axis{stroke:#a6a6a6}
${darkRules}}
`;
}

/** A part of a picture, and its height or, where so said, where it ends. */
export interface Part {
  content: string;
  height: number;
}

/** The whole picture: what it is, what it says, and `content` below each other; ends with a newline. */
export function svgDocument(title: string, description: string, style: string, panels: readonly Part[]): string {
  let height = 0;
  const groups = panels.map((panel) => {
    const group = `<g transform="translate(0 ${fixed(height)})">\n${panel.content}</g>\n`;
    height += panel.height;
    return group;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="pw" role="img" viewBox="0 0 ${WIDTH} ${fixed(height)}">\n` +
    `<title>${escaped(title)}</title>\n` +
    `<desc>${escaped(description)}</desc>\n` +
    `<style>${style}</style>\n` +
    `<rect class="paper" width="${WIDTH}" height="${fixed(height)}"/>\n${groups.join("")}</svg>\n`
  );
}

/** A line of text at a place, which `anchor` says is its start, middle or end. */
export function text(x: number, y: number, content: string, className: string, anchor = "start"): string {
  const attributes = `${className === "" ? "" : ` class="${className}"`}${anchor === "start" ? "" : ` text-anchor="${anchor}"`}`;
  return `<text x="${fixed(x)}" y="${fixed(y)}"${attributes}>${escaped(content)}</text>\n`;
}

/** A trace's name, shortened in the middle. */
export function nameOf(path: string): string {
  if (path === "-") return "standard input";
  const characters = [...printable(path)];
  if (characters.length <= MAX_NAME) return characters.join("");
  const half = (MAX_NAME - 1) >> 1;
  return `${characters.slice(0, half).join("")}…${characters.slice(-half).join("")}`;
}

/** `content` as text of XML 1.0, which has no U+FFFE and U+FFFF, whatever it was. */
function escaped(content: string): string {
  return printable(content)
    .replace(/[\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A coordinate. */
export function fixed(value: number): string {
  return String(Math.round(value * 10) / 10);
}
