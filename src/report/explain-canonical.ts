/** What a canonical address is, for a terminal. */
import { addressSpaceParts, LESSON_TITLE, lessonText } from "./explain-lesson.ts";
import type { Explanation } from "./explanation.ts";
import { indented, section } from "./paragraphs.ts";

const BOX_COLUMNS = 26;

/** The lesson about a non-canonical address. */
export function canonicalLesson({ address, addressBits }: Explanation): string {
  const body = [indented(lessonText(addressBits)), "", ...addressSpace(address, addressBits)];
  return section(LESSON_TITLE, body.join("\n"));
}

/** A picture of the address space, the highest address on top, with an arrow from `address`. */
function addressSpace(address: string, addressBits: 48 | 57): string[] {
  const rule = (at: string | undefined) => `  ${at}  +${"-".repeat(BOX_COLUMNS)}+`;
  const row = (text: string, beside = "") =>
    `  ${" ".repeat(18)}  |${` ${text}`.padEnd(BOX_COLUMNS)}|${beside === "" ? "" : ` ${beside}`}`;
  const [upper, , lower] = addressSpaceParts(addressBits);
  const parts = addressSpaceParts(addressBits).map(({ name, size, bits, users }) =>
    bits === null || users === null
      ? [row(""), row(`${name}:`, `<- ${address}`), row(size), row("")]
      : [row(`${name}, ${size}`, `${bits}:`), row("", users)],
  );
  const rules = [rule(upper?.first), rule(lower?.last), rule(lower?.first)];
  return [rule(upper?.last), ...parts.flatMap((rows, index) => [...rows, rules[index] ?? ""])];
}
