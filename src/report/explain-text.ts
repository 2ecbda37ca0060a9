/** An explanation for a person at a terminal of 80 columns. */
import { addressBitsText } from "./explain-bits.ts";
import { canonicalLesson } from "./explain-canonical.ts";
import { REFUSAL } from "./explain-lesson.ts";
import {
  accessWords,
  cr2Words,
  EXPLANATION_TITLES,
  exceptionName,
  failureWord,
  isAnsweredByTlb,
  pagingName,
  physicalSum,
  reservedWords,
  rightsWords,
  stepWords,
  walkStart,
} from "./explain-words.ts";
import type { ErrorBit, ExplainedFault, ExplainedStep, Explanation } from "./explanation.ts";
import { printable } from "./format.ts";
import { indented, itemized, section } from "./paragraphs.ts";

/** What else the text depends on. */
export interface ExplainTextOptions {
  /** Of so many CPUs in the dump, CR3 is that of the first. */
  cpus?: number | null;
  /** Whether the number of levels is assumed, nobody having told it. */
  levelsAssumed?: boolean;
  /** Whether to say what a canonical address is, below one that is not. @default true */
  lesson?: boolean;
}

/** The explanation in sections; `tables` says whose page tables answered. Ends with a newline. */
export function explainText(explanation: Explanation, tables: string, options: ExplainTextOptions = {}): string {
  const { canonical } = explanation;
  const parts = [
    heading(explanation, tables, options.levelsAssumed === true),
    addressBitsText(explanation),
    ...(canonical ? [section(EXPLANATION_TITLES.walk, walkText(explanation, options.cpus ?? null))] : []),
    ...(explanation.rights === null ? [] : [section(EXPLANATION_TITLES.rights, rightsText(explanation))]),
    ...(explanation.physicalAddress === null ? [] : [section("Physical address", `  ${physicalSum(explanation)}`)]),
    ...(explanation.fault === null ? [] : faultParts(explanation.fault, canonical)),
    ...(canonical || options.lesson === false ? [] : [canonicalLesson(explanation)]),
    ...(explanation.error === null ? [] : [section("Not explained", indented(printable(explanation.error.message)))]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function heading(explanation: Explanation, tables: string, levelsAssumed: boolean): string {
  const { address, access, addressBits, place } = explanation;
  const failure = failureWord(explanation);
  const title = `${address}  ${accessWords(access)}${failure === "" ? "" : `: ${failure}`}`;
  const assumed = levelsAssumed ? " (assumed; --la57 for five)" : "";
  const lines = [
    title,
    "=".repeat(title.length),
    indented(`${pagingName(addressBits)}${assumed}; tables of ${printable(tables)}`, ""),
  ];
  return [...lines, ...(place === null ? [] : [`There: ${place}`])].join("\n");
}

function walkText(explanation: Explanation, cpus: number | null): string {
  const start = walkStart(explanation, cpus === null ? "" : ` (CPU 0 of ${cpus})`);
  if (isAnsweredByTlb(explanation)) return `  ${start}`;
  const lines = explanation.steps.flatMap(stepLines);
  if (lines.length === 0) lines.push("No entry was read.");
  return [start, ...lines].map((line) => `  ${line}`).join("\n");
}

function stepLines(step: ExplainedStep): string[] {
  const { name, sum, bits, target } = stepWords(step);
  const reserved = reservedWords(step);
  const lines = [`${name.padEnd(6)} at ${sum}`, `       ${step.entry.padEnd(18)}  ${bits}`];
  if (step.changedFrom !== null) lines.push(`       changed from ${step.changedFrom} by --entry`);
  if (reserved !== null) lines.push(`       ${reserved}`);
  else if (target !== null) lines.push(`       -> ${target} at ${step.target}`);
  return lines;
}

function rightsText(explanation: Explanation): string {
  return rightsWords(explanation)
    .map(({ name, allowed, reason }) => `  ${name.padEnd(8)} ${allowed ? "yes" : "no "}   ${reason}`)
    .join("\n");
}

function faultParts(fault: ExplainedFault, canonical: boolean): string[] {
  return [
    canonical ? pageFaultText(fault) : section(EXPLANATION_TITLES.refusal(fault), indented(REFUSAL)),
    section(EXPLANATION_TITLES.linux(fault), indented(fault.linux)),
    ...(fault.advice.length === 0 ? [] : [section(EXPLANATION_TITLES.advice, itemized(fault.advice))]),
  ];
}

function pageFaultText(fault: ExplainedFault): string {
  const { errorBits, reason } = fault;
  const lines = [
    indented(reason),
    ...errorBits.filter(({ set }) => set).map(({ name, bit, meaning }) => bitLine(`bit ${bit}  ${name}`, "1", meaning)),
    clearBitsText(errorBits),
    `  ${cr2Words(fault)}`,
  ];
  return section(exceptionName(fault), lines.join("\n"));
}

/** All bits that are 0 in one paragraph. */
function clearBitsText(bits: readonly ErrorBit[]): string {
  const clear = bits.filter(({ set }) => !set);
  const label = clear.length === bits.length ? "every bit" : "others";
  return bitLine(label, "0", clear.map(({ name, meaning }) => `${name}: ${meaning}`).join("; "));
}

function bitLine(label: string, value: string, meaning: string): string {
  return indented(meaning, " ".repeat(17), `  ${label.padEnd(11)} ${value}  `);
}
