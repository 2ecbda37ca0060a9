/** What an explanation says of the access, of each step of the walk, of rights and of the outcome: without layout. */
import type { PageSize } from "../config/types.ts";
import { setFlagNames } from "./entry-flags.ts";
import type {
  EntryFlags,
  ExplainedAccess,
  ExplainedFault,
  ExplainedStep,
  Explanation,
  LevelName,
} from "./explanation.ts";
import { entriesWith } from "./fault-words.ts";
import { hexAddress } from "./format.ts";

/** What the table is called in which an entry of a level lies. */
export const TABLE_NAMES: Record<LevelName, string> = {
  pml5e: "PML5",
  pml4e: "PML4",
  pdpte: "PDPT",
  pde: "PD",
  pte: "PT",
};
/** Page sizes with their units. */
export const PAGE_NAMES = { "4K": "4 KiB", "2M": "2 MiB", "1G": "1 GiB" } as const;

const ENTRY_BYTES = 8n;
const FRAME_MASK = ~0xfffn;

/** `written by a program (user mode)`. */
export function accessWords(access: ExplainedAccess): string {
  const what = access.stack ? "stack " : "";
  const verb = { read: "read", write: "written", fetch: "fetched" }[access.kind];
  const who = access.privilege === "user" ? "by a program (user mode)" : "by the kernel (supervisor mode)";
  return `${what}${verb} ${who}`;
}

/** Why there is no physical address, in capitals; empty if there is one. */
export function failureWord({ fault, physicalAddress }: Explanation): string {
  if (fault !== null) return fault.kind === "non-canonical" ? "NOT CANONICAL" : "FAULT";
  return physicalAddress === null ? "NOT EXPLAINED" : "";
}

/** `4-level paging` or `5-level paging`. */
export function pagingName(addressBits: Explanation["addressBits"]): string {
  return addressBits === 57 ? "5-level paging" : "4-level paging";
}

/** Tells whether a TLB had the page, so that there was no walk. */
export function isAnsweredByTlb({ canonical, cr3, steps, error }: Explanation): boolean {
  return canonical && cr3 === null && steps.length === 0 && error === null;
}

/** Where the walk started. `whose`: of which CPU CR3 is, if that is worth telling. */
export function walkStart(explanation: Explanation, whose = ""): string {
  const { cr3, steps, error } = explanation;
  if (isAnsweredByTlb(explanation)) return "There was none: a TLB had the page.";
  const top = steps[0]?.level ?? error?.level;
  const table = top === undefined ? null : TABLE_NAMES[top];
  if (cr3 === null) return `From what is cached: where the ${table} lies`;
  return `CR3 = ${cr3}${whose}${table === null ? "" : `: there lies the ${table}`}`;
}

/** Where the entry of a step lies and what it is. */
export interface StepWords {
  /** `PML4E`. */
  name: string;
  /** Physical address of the table. */
  table: string;
  index: number;
  /** How the entry's address comes about: `0x2a6a000 + 8 * 254 = 0x2a6a7f0`. */
  sum: string;
  /** The flags that are 1, or why there are none. */
  bits: string;
  /** What it points to, `PDPT` or `4 KiB page`; `null` if to nothing, or if reserved bits are set. */
  target: string | null;
}

/** What `step` says. */
export function stepWords(step: ExplainedStep): StepWords {
  const { level, physicalAddress, entry, flags, target, reserved } = step;
  // The table is the frame that the entry lies in.
  const table = hexAddress(BigInt(physicalAddress) & FRAME_MASK);
  const index = Number((BigInt(physicalAddress) & ~FRAME_MASK) / ENTRY_BYTES);
  return {
    name: level.toUpperCase(),
    table,
    index,
    sum: `${table} + ${ENTRY_BYTES} * ${index} = ${physicalAddress}`,
    bits: flags.P ? setFlagNames(flags) : entry === "0x0" ? "empty" : "not present",
    target: target === null || reserved.length > 0 ? null : targetName(step),
  };
}

function targetName({ level, flags }: ExplainedStep): string {
  if (level === "pte") return `${PAGE_NAMES["4K"]} page`;
  if (flags.PS) return `${PAGE_NAMES[level === "pde" ? "2M" : "1G"]} page`;
  return { pml5e: TABLE_NAMES.pml4e, pml4e: TABLE_NAMES.pdpte, pdpte: TABLE_NAMES.pde, pde: TABLE_NAMES.pte }[level];
}

/** Of reserved bits that are set in an entry; `null` if none are. */
export function reservedWords({ reserved }: ExplainedStep): string | null {
  return reserved.length === 0 ? null : `RESERVED, must be 0: ${reserved.join(", ")}`;
}

/** A right, whether all levels together give it, and why. */
export interface RightWords {
  name: "write" | "user" | "execute";
  allowed: boolean;
  reason: string;
}

/** The rights of the page; none if the walk found no page. */
export function rightsWords({ rights, steps }: Explanation): RightWords[] {
  if (rights === null) return [];
  const without = (bit: "RW" | "US") => entriesWith(steps, (flags: Readonly<EntryFlags>) => !flags[bit]);
  const { write, user, execute } = rights;
  return [
    { name: "write", allowed: write, reason: write ? "R/W is 1 at every level" : `R/W is 0 in the ${without("RW")}` },
    { name: "user", allowed: user, reason: user ? "U/S is 1 at every level" : `U/S is 0 in the ${without("US")}` },
    {
      name: "execute",
      allowed: execute,
      reason: execute ? "XD is 0 at every level" : `XD is 1 in the ${entriesWith(steps, ({ XD }) => XD)}`,
    },
  ];
}

/** How the physical address comes about: `0x3c000000 (2 MiB page) + 0x1234 (offset) = 0x3c001234`. */
export function physicalSum({ steps, offset, physicalAddress, pageSize }: Explanation): string {
  const page = pageSize === null ? "" : PAGE_NAMES[pageSize];
  return `${steps.at(-1)?.target ?? ""} (${page} page) + ${hexAddress(offset)} (offset) = ${physicalAddress}`;
}

/** The exception, as `Page fault #PF (vector 14), error code 0x4`. */
export function exceptionName({ vector, errorCode }: ExplainedFault): string {
  if (vector === 14) return `Page fault #PF (vector 14), error code ${hexAddress(errorCode)}`;
  return vector === 12 ? "#SS(0), stack fault (vector 12)" : "#GP(0), general protection (vector 13)";
}

/** What CR2 holds after a page fault. */
export function cr2Words({ cr2 }: ExplainedFault): string {
  return `CR2 = ${cr2}, the address that was used`;
}

/** `in a 4 KiB page`. */
export function inPage(pageSize: PageSize): string {
  return `in a ${PAGE_NAMES[pageSize]} page`;
}

/** Headings of the parts of an explanation. */
export const EXPLANATION_TITLES = {
  walk: "The walk",
  rights: "Rights, all levels together",
  advice: "What to do",
  /** What the processor did with an address that it refused. */
  refusal: (fault: ExplainedFault) => `What the processor did: ${exceptionName(fault)}`,
  linux: ({ outcome }: ExplainedFault) => `What Linux does: ${outcome}`,
} as const;
