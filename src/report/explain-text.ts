/** An explanation for a person at a terminal of 80 columns. */
import { addressBitsText } from "./explain-bits.ts";
import { canonicalLesson, refusalText } from "./explain-canonical.ts";
import type { EntryFlags, ErrorBit, ExplainedFault, ExplainedStep, Explanation, LevelName } from "./explanation.ts";
import { entriesWith } from "./fault-words.ts";
import { hexAddress, printable } from "./format.ts";
import { indented, itemized, section } from "./paragraphs.ts";

const TABLE_NAMES: Record<LevelName, string> = { pml5e: "PML5", pml4e: "PML4", pdpte: "PDPT", pde: "PD", pte: "PT" };
const PAGE_NAMES = { "4K": "4 KiB", "2M": "2 MiB", "1G": "1 GiB" };
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
    ...(canonical ? [section("The walk", walkText(explanation, options.cpus ?? null))] : []),
    ...(explanation.rights === null ? [] : [section("Rights, all levels together", rightsText(explanation))]),
    ...(explanation.physicalAddress === null ? [] : [section("Physical address", physicalText(explanation))]),
    ...(explanation.fault === null ? [] : faultParts(explanation.fault, canonical)),
    ...(canonical || options.lesson === false ? [] : [canonicalLesson(explanation)]),
    ...(explanation.error === null ? [] : [section("Not explained", indented(printable(explanation.error.message)))]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function heading(
  { address, access, addressBits, place, fault, physicalAddress }: Explanation,
  tables: string,
  levelsAssumed: boolean,
): string {
  const what = access.stack ? "stack " : "";
  const verb = { read: "read", write: "written", fetch: "fetched" }[access.kind];
  const who = access.privilege === "user" ? "by a program (user mode)" : "by the kernel (supervisor mode)";
  const outcome =
    fault !== null
      ? fault.kind === "non-canonical"
        ? "NOT CANONICAL"
        : "FAULT"
      : physicalAddress === null
        ? "NOT EXPLAINED"
        : "";
  const title = `${address}  ${what}${verb} ${who}${outcome === "" ? "" : `: ${outcome}`}`;
  const assumed = levelsAssumed ? " (assumed; --la57 for five)" : "";
  const mode = `${addressBits === 57 ? "5-level paging" : "4-level paging"}${assumed}`;
  const lines = [title, "=".repeat(title.length), indented(`${mode}; tables of ${printable(tables)}`, "")];
  return [...lines, ...(place === null ? [] : [`There: ${place}`])].join("\n");
}

function walkText({ cr3, steps, error }: Explanation, cpus: number | null): string {
  const top = steps[0]?.level ?? error?.level;
  const whose = cpus === null ? "" : ` (CPU 0 of ${cpus})`;
  const lines = steps.flatMap((step, index) => stepLines(step, steps[index + 1]?.level ?? null));
  if (top === undefined && cr3 === null) return "  There was none: a TLB had the page.";
  const start =
    cr3 === null
      ? `From what is cached: where the ${top && TABLE_NAMES[top]} lies`
      : `CR3 = ${cr3}${whose}${top === undefined ? "" : `: there lies the ${TABLE_NAMES[top]}`}`;
  if (steps.length === 0) lines.push("No entry was read.");
  return [`  ${start}`, ...lines.map((line) => `  ${line}`)].join("\n");
}

function stepLines(step: ExplainedStep, next: LevelName | null): string[] {
  const { level, physicalAddress, entry, changedFrom, flags, target, reserved } = step;
  // The table is the frame that the entry lies in.
  const table = BigInt(physicalAddress) & ~0xfffn;
  const index = (BigInt(physicalAddress) & 0xfffn) / 8n;
  const where = `${hexAddress(table)} + 8 * ${index} = ${physicalAddress}`;
  const bits = flags.P ? flagNames(flags) : entry === "0x0" ? "empty" : "not present";
  const lines = [`${level.toUpperCase().padEnd(6)} at ${where}`, `       ${entry.padEnd(18)}  ${bits}`];
  if (changedFrom !== null) lines.push(`       changed from ${changedFrom} by --entry`);
  if (reserved.length > 0) lines.push(`       RESERVED, must be 0: ${reserved.join(", ")}`);
  else if (target !== null) lines.push(`       -> ${targetName(step, next)} at ${target}`);
  return lines;
}

/** The bits that are 1, by the SDM's names. */
function flagNames({ RW, US, PK, ...others }: Readonly<EntryFlags>): string {
  const { P, PWT, PCD, A, D, PS, PAT, G, XD } = others;
  const names = { P, "R/W": RW, "U/S": US, PWT, PCD, A, D, PS, PAT, G, XD };
  const set = Object.entries(names).filter(([, isSet]) => isSet === true);
  return [...set.map(([name]) => name), ...(PK ? [`key ${PK}`] : [])].join(" ");
}

function targetName({ level, flags }: ExplainedStep, next: LevelName | null): string {
  if (level === "pte") return "4 KiB page";
  if (flags.PS) return level === "pde" ? "2 MiB page" : "1 GiB page";
  const below = { pml5e: "PML4", pml4e: "PDPT", pdpte: "PD", pde: "PT" }[level];
  return next === null ? `${below}` : TABLE_NAMES[next];
}

function rightsText({ rights, steps }: Explanation): string {
  const line = (name: string, yes: boolean | undefined, why: string) =>
    `  ${name.padEnd(8)} ${yes ? "yes" : "no "}   ${why}`;
  return [
    line("write", rights?.write, rights?.write ? "R/W is 1 at every level" : `R/W is 0 in the ${without(steps, "RW")}`),
    line("user", rights?.user, rights?.user ? "U/S is 1 at every level" : `U/S is 0 in the ${without(steps, "US")}`),
    line(
      "execute",
      rights?.execute,
      rights?.execute ? "XD is 0 at every level" : `XD is 1 in the ${entriesWith(steps, ({ XD }) => XD)}`,
    ),
  ].join("\n");
}

function without(steps: readonly ExplainedStep[], bit: "RW" | "US"): string {
  return entriesWith(steps, (flags) => !flags[bit]);
}

function physicalText({ steps, offset, physicalAddress, pageSize }: Explanation): string {
  const page = pageSize === null ? "" : PAGE_NAMES[pageSize];
  const target = steps.at(-1)?.target ?? "";
  return `  ${target} (${page} page) + ${hexAddress(offset)} (offset) = ${physicalAddress}`;
}

function faultParts(fault: ExplainedFault, canonical: boolean): string[] {
  return [
    canonical ? pageFaultText(fault) : refusalText(fault.vector),
    section(`What Linux does: ${fault.outcome}`, indented(fault.linux)),
    ...(fault.advice.length === 0 ? [] : [section("What to do", itemized(fault.advice))]),
  ];
}

function pageFaultText({ errorCode, errorBits, reason, cr2 }: ExplainedFault): string {
  const lines = [
    indented(reason),
    ...errorBits.filter(({ set }) => set).map(({ name, bit, meaning }) => bitLine(`bit ${bit}  ${name}`, "1", meaning)),
    clearBitsText(errorBits),
    `  CR2 = ${cr2}, the address that was used`,
  ];
  return section(`Page fault #PF (vector 14), error code ${hexAddress(errorCode)}`, lines.join("\n"));
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
