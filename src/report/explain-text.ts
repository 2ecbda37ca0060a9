/** An explanation for a person at a terminal of 80 columns. */

import { addressBitsText } from "./explain-bits.ts";
import { nonCanonicalLesson } from "./explain-canonical.ts";
import type { EntryFlags, ExplainedStep, Explanation, LevelName } from "./explanation.ts";
import { entriesWith } from "./fault-words.ts";
import { printable } from "./format.ts";
import { indented, itemized, section } from "./paragraphs.ts";

const TABLE_NAMES: Record<LevelName, string> = { pml5e: "PML5", pml4e: "PML4", pdpte: "PDPT", pde: "PD", pte: "PT" };
const PAGE_NAMES = { "4K": "4 KiB", "2M": "2 MiB", "1G": "1 GiB" };
const VECTOR_NAMES: Readonly<Record<number, string>> = {
  12: "Stack fault #SS(0)",
  13: "General protection #GP(0)",
  14: "Page fault #PF",
};

/** The explanation in sections; `tables` says whose page tables answered. Ends with a newline. */
export function explainText(explanation: Explanation, tables: string): string {
  const parts = [
    heading(explanation, tables),
    addressBitsText(explanation),
    ...(explanation.canonical ? [] : nonCanonicalLesson(explanation)),
    ...(explanation.canonical ? [section("The walk", walkText(explanation))] : []),
    ...(explanation.rights === null ? [] : [section("Rights, all levels together", rightsText(explanation))]),
    ...(explanation.physicalAddress === null ? [] : [section("Physical address", physicalText(explanation))]),
    ...faultParts(explanation),
    ...(explanation.error === null ? [] : [section("Not explained", indented(printable(explanation.error.message)))]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function heading({ address, access, addressBits, place, fault, physicalAddress }: Explanation, tables: string): string {
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
  const title = `${address}  ${verb} ${who}${outcome === "" ? "" : `: ${outcome}`}`;
  const mode = addressBits === 57 ? "5-level paging" : "4-level paging";
  const lines = [title, "=".repeat(title.length), indented(`${mode}; tables of ${printable(tables)}`, "")];
  return [...lines, ...(place === null ? [] : [`There: ${place}`])].join("\n");
}

function walkText({ cr3, steps, error }: Explanation): string {
  const top = steps[0]?.level ?? error?.level;
  const start = `CR3 = ${cr3}${top === undefined ? "" : `: there lies the ${TABLE_NAMES[top]}`}`;
  const lines = steps.flatMap((step, index) => stepLines(step, steps[index + 1]?.level ?? null));
  if (steps.length === 0) lines.push("No entry was read.");
  return [`  ${start}`, ...lines.map((line) => `  ${line}`)].join("\n");
}

function stepLines(step: ExplainedStep, next: LevelName | null): string[] {
  const { level, physicalAddress, entry, flags, target, reserved } = step;
  // The table is the frame that the entry lies in.
  const table = BigInt(physicalAddress) & ~0xfffn;
  const index = (BigInt(physicalAddress) & 0xfffn) / 8n;
  const where = `0x${table.toString(16)} + 8 * ${index} = ${physicalAddress}`;
  const bits = flags.P ? flagNames(flags) : entry === "0x0" ? "empty" : "not present";
  const lines = [`${level.toUpperCase().padEnd(6)} at ${where}`, `       ${entry.padEnd(18)}  ${bits}`];
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
  return `  ${target} (${page} page) + 0x${offset.toString(16)} (offset) = ${physicalAddress}`;
}

function faultParts({ fault, canonical }: Explanation): string[] {
  if (fault === null) return [];
  const signal = fault.signal === null ? "" : `${fault.signal}${fault.code === null ? "" : ` (${fault.code})`}`;
  const parts: string[] = [];
  // What a non-canonical address raises is told by its lesson.
  if (canonical) {
    const codes = fault.errorBits.map(
      ({ name, bit, set, meaning }) => `  bit ${bit}  ${name.padEnd(4)} ${set ? 1 : 0}  ${meaning}`,
    );
    const title = `${VECTOR_NAMES[fault.vector]} (vector ${fault.vector}), error code 0x${fault.errorCode.toString(16)}`;
    const cr2 = fault.cr2 === null ? [] : [`  CR2 = ${fault.cr2}, the address that was used`];
    parts.push(section(title, [indented(fault.reason), ...codes, ...cr2].join("\n")));
  }
  parts.push(section(`What Linux does${signal === "" ? "" : `: ${signal}`}`, indented(fault.linux)));
  if (fault.advice.length > 0) parts.push(section("What to do", itemized(fault.advice)));
  return parts;
}
