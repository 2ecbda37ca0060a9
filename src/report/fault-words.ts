/** Why an access faults, and what Linux does then, in sentences. */
import type { EntryFlags, ErrorBit, ExplainedAccess, ExplainedStep, FaultReason } from "./explanation.ts";

/** What the sentences about a fault depend on. */
export interface FaultSituation {
  kind: FaultReason;
  access: ExplainedAccess;
  steps: readonly ExplainedStep[];
  address: bigint;
  addressBits: 48 | 57;
  /** Whether Linux takes the address for one of the kernel's. */
  kernelAddress: boolean;
  /** Whether the entry is one that Linux writes for PROT_NONE. */
  protNone: boolean;
}

/** Bits of a page-fault error code: SDM Vol. 3A, "Page-Fault Exceptions". */
const ERROR_BITS: readonly { name: ErrorBit["name"]; set: string; clear: string }[] = [
  {
    name: "P",
    set: "every entry is present: a right is missing, or a bit reserved",
    clear: "an entry is not present",
  },
  { name: "W/R", set: "the access was a write", clear: "the access was a read or an instruction fetch" },
  { name: "U/S", set: "it was made in user mode", clear: "it was made in supervisor mode" },
  { name: "RSVD", set: "a reserved bit is set in an entry", clear: "no reserved bit is set" },
  { name: "I/D", set: "it was an instruction fetch", clear: "it was an access to data" },
  { name: "PK", set: "a protection key forbids it", clear: "no protection key forbids it" },
];
const FETCH_UNTOLD = "not told: fetches are only where EFER.NXE or CR4.SMEP is on";

/** The bits of `errorCode`, and what each says. */
export function errorBits(errorCode: number, { kind }: ExplainedAccess): ErrorBit[] {
  return ERROR_BITS.map(({ name, set, clear }, bit) => {
    const isSet = ((errorCode >> bit) & 1) === 1;
    const meaning = isSet ? set : name === "I/D" && kind === "fetch" ? FETCH_UNTOLD : clear;
    return { name, bit, set: isSet, meaning };
  });
}

/** `PTE`, or `PML4E and PTE`: the entries in which `has` is so. */
export function entriesWith(steps: readonly ExplainedStep[], has: (flags: Readonly<EntryFlags>) => boolean): string {
  const names = steps.filter(({ flags }) => has(flags)).map(({ level }) => level.toUpperCase());
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** One sentence: why the access faults. */
export function reasonText(situation: FaultSituation): string {
  const { kind, access, steps } = situation;
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
      return `The page has protection key ${last?.flags.PK}, and ${register} forbids this access with that key.`;
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

/** What Linux does about the fault. */
export function linuxText(situation: FaultSituation): string {
  const { kind, access, kernelAddress, protNone } = situation;
  if (access.privilege === "supervisor") return kernelText(situation);
  if (kind === "non-canonical") {
    return (
      "#GP tells no address, so Linux sends SIGSEGV with si_code SI_KERNEL and si_addr 0: a debugger shows address 0 " +
      'although the pointer was not null. The kernel log has "general protection fault" and the instruction pointer.'
    );
  }
  if (kernelAddress) {
    return (
      "To Linux this is an address of the kernel's. A program gets SIGSEGV with SEGV_MAPERR and is shown an error code " +
      "with P set, whatever is there."
    );
  }
  switch (kind) {
    case "not-present":
      return protNone
        ? "G is 1 and the address bits are inverted: so Linux keeps a page under PROT_NONE, and sends SIGSEGV with " +
            "SEGV_ACCERR. (NUMA balancing marks pages likewise to see who uses them; then there is no signal.)"
        : "Linux first looks whether a mapping (VMA) covers the address. If so, it brings the page (first touch, file, " +
            "swap), runs the instruction again, and there is no signal. If none does: SIGSEGV with SEGV_MAPERR.";
    case "reserved-bit":
      return (
        'Linux never sets such bits in tables of programs: it logs "Corrupted page table" with an oops and kills the ' +
        "process as with SIGKILL; no handler runs."
      );
    case "read-only":
      return (
        "Linux first looks whether the mapping (VMA) is writable. If so, the page was only waiting to be copied (after " +
        "fork, a private file, the zero page): Linux copies it and there is no signal. If not: SIGSEGV with SEGV_ACCERR."
      );
    case "protection-key":
      return "Linux sends SIGSEGV with SEGV_PKUERR; si_pkey is the key.";
    default:
      return "The mapping (VMA) is there but does not allow this: Linux sends SIGSEGV with SEGV_ACCERR.";
  }
}

function kernelText({ kind, kernelAddress, access }: FaultSituation): string {
  if (kind === "smep") return 'No signal: the kernel stops with an oops, "unable to execute userspace code (SMEP?)".';
  if (kind === "smap") return "No signal: the kernel stops with an oops. Its own copies from and to programs set AC.";
  if (kind === "non-canonical") {
    return (
      'No signal: the kernel stops with an oops, "general protection fault, probably for non-canonical address", unless ' +
      "the instruction is one that may fail (as in copy_from_user()); the system call then returns EFAULT."
    );
  }
  if (kind === "reserved-bit") return "No signal: the kernel stops with an oops.";
  if (kind === "execute-disable" && kernelAddress) {
    return 'No signal: the kernel stops with an oops, "kernel tried to execute NX-protected page".';
  }
  if (kernelAddress || access.kind === "fetch") {
    return 'No signal: the kernel stops with an oops, "BUG: unable to handle page fault for address".';
  }
  return (
    "For an address of a program the kernel does as for the program itself: it may bring or copy the page. If it cannot, " +
    "the system call returns EFAULT where the kernel expected that (copy_from_user()); elsewhere it is an oops."
  );
}
