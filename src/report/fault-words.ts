/** Why an access faults, in sentences. */
import type { EntryFlags, ErrorBit, ExplainedAccess, ExplainedStep, FaultReason } from "./explanation.ts";

/** What the sentences about a fault depend on. */
export interface FaultSituation {
  kind: FaultReason;
  vector: number;
  errorCode: number;
  access: ExplainedAccess;
  steps: readonly ExplainedStep[];
  address: bigint;
  addressBits: 48 | 57;
  /** Whether Linux takes the address for one of the kernel's. */
  kernelAddress: boolean;
  /** Whether it lies in the vsyscall page. */
  vsyscall: boolean;
  /** Whether the entry is one that Linux writes for PROT_NONE. */
  protNone: boolean;
  /** Whether CR4.SMAP is 1 and RFLAGS.AC 0. */
  smapHolds: boolean;
  /** Of the page; `null` if none was found. */
  protectionKey: number | null;
  coverage: Coverage;
  /** Whether the page was there before, and is to be loaded back. */
  evicted: boolean;
}

/**
 * What the process's mappings (VMAs) say about the access: one covers the address and allows or forbids it, or will when
 * the stack has grown, or none does. Page tables alone do not tell.
 */
export type Coverage = "allows" | "forbids" | "grows" | "none" | "unknown";

/** Bits of a page-fault error code: SDM Vol. 3A, "Page-Fault Exceptions". */
const ERROR_BITS: readonly { name: ErrorBit["name"]; set: string; clear: string }[] = [
  { name: "P", set: "every entry is present: a right is missing, or a bit reserved", clear: "an entry is not present" },
  { name: "W/R", set: "the access was a write", clear: "no write" },
  { name: "U/S", set: "it was made in user mode", clear: "supervisor mode" },
  { name: "RSVD", set: "a reserved bit is set in an entry", clear: "no reserved bit" },
  { name: "I/D", set: "it was an instruction fetch", clear: "no fetch" },
  { name: "PK", set: "a protection key forbids it", clear: "no key forbids it" },
];
const FETCH_UNTOLD = "not told, for EFER.NXE and CR4.SMEP are 0";

/** The bits of `errorCode`, and what each says. */
export function errorBits(errorCode: number, { kind }: ExplainedAccess): ErrorBit[] {
  return ERROR_BITS.map(({ name, set, clear }, bit) => {
    const isSet = ((errorCode >> bit) & 1) === 1;
    const meaning = isSet ? set : name === "I/D" && kind === "fetch" ? FETCH_UNTOLD : clear;
    return { name, bit, set: isSet, meaning };
  });
}

/** `PTE`, or `PML4E and PTE`: the entries in which `has` is so. If none of those read is one, a cache had it. */
export function entriesWith(steps: readonly ExplainedStep[], has: (flags: Readonly<EntryFlags>) => boolean): string {
  const names = steps.filter(({ flags }) => has(flags)).map(({ level }) => level.toUpperCase());
  if (names.length === 0) return "cached translation, which has the rights of all levels together";
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** Whether a page fault's error code has the bit of that name. */
export function errorHas(bitName: ErrorBit["name"], { errorCode }: Pick<FaultSituation, "errorCode">): boolean {
  return ((errorCode >> ERROR_BITS.findIndex(({ name }) => name === bitName)) & 1) === 1;
}

/** Whether the protection key of the page forbids the access, alone or beside another reason. */
export function keyForbids(situation: Pick<FaultSituation, "errorCode">): boolean {
  return errorHas("PK", situation);
}

/** Why the access faults, in one sentence, or two where the protection key alone would be enough. */
export function reasonText(situation: FaultSituation): string {
  const { kind, protectionKey } = situation;
  const reason = mainReason(situation);
  if (!keyForbids(situation) || kind === "protection-key") return reason;
  return `${reason} Its protection key, ${protectionKey}, forbids the access too.`;
}

function mainReason(situation: FaultSituation): string {
  const { kind, access, steps, protectionKey } = situation;
  const last = steps.at(-1);
  const entry = last?.level.toUpperCase();
  switch (kind) {
    case "non-canonical":
      return nonCanonicalText(situation);
    case "not-present":
      return `The ${entry} is not present (P is 0): it leads to no memory.`;
    case "reserved-bit":
      return `The ${entry} has a reserved bit set (${last?.reserved.join(", ")}), which must be 0.`;
    case "supervisor-page":
      return `The page is the supervisor's: U/S is 0 in the ${entriesWith(steps, ({ US }) => !US)}.`;
    case "read-only": {
      const binding = access.privilege === "supervisor" ? ", and CR0.WP is 1, so that it binds the supervisor too" : "";
      return `The page is read-only: R/W is 0 in the ${entriesWith(steps, ({ RW }) => !RW)}${binding}.`;
    }
    case "execute-disable":
      return `Instructions may not be fetched from the page: XD is 1 in the ${entriesWith(steps, ({ XD }) => XD)}.`;
    case "smep":
      return "The page is a user page (U/S is 1 at every level), and CR4.SMEP forbids the supervisor to run code there.";
    case "smap":
      return (
        "The page is a user page (U/S is 1 at every level), and CR4.SMAP forbids the supervisor to touch its data " +
        "while RFLAGS.AC is 0."
      );
    case "protection-key": {
      const register = steps.every(({ flags }) => flags.US) ? "PKRU" : "IA32_PKRS";
      return `The page has protection key ${protectionKey}, and ${register} forbids this access with that key.`;
    }
  }
}

function nonCanonicalText({ address, addressBits }: FaultSituation): string {
  const sign = addressBits - 1;
  const signBit = (address >> BigInt(sign)) & 1n;
  const above = 64 - addressBits;
  const top = (address >> BigInt(addressBits)).toString(2).padStart(above, "0");
  const told = /^0+$/.test(top)
    ? `bits 63 to ${addressBits} are 0`
    : /^1+$/.test(top)
      ? `bits 63 to ${addressBits} are 1`
      : `bits 63 to ${addressBits} are mixed`;
  return `The address is not canonical: bits 63 to ${sign} must all be equal, but bit ${sign} is ${signBit} and ${told}.`;
}
