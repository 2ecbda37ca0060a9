/** Paragraphs of text within 80 columns. */

const COLUMNS = 80;

/** A title, and below it a body whose lines are indented already. */
export function section(title: string, body: string): string {
  return `${title}\n${body}`;
}

/** `text` in lines of at most 80 columns, each after `indent`, the first after `first`. Words that are longer are cut. */
export function indented(text: string, indent = "  ", first = indent): string {
  const width = COLUMNS - indent.length;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((whole) => pieces(whole, width))) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((content, index) => `${index === 0 ? first : indent}${content}`).join("\n");
}

/** Each of `items` as a paragraph of its own behind a dash. */
export function itemized(items: readonly string[]): string {
  return items.map((item) => indented(item, "    ", "  - ")).join("\n");
}

function pieces(word: string, width: number): string[] {
  return word.length <= width ? [word] : (word.match(new RegExp(`.{1,${width}}`, "gu")) ?? []);
}
