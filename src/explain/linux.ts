/** What Linux for x86-64 makes of a fault, from arch/x86/mm/fault.c and arch/x86/kernel/traps.c of Linux 6. */
import type { EntryFormat } from "../kernel/entries.ts";
import type { ExplainedFault } from "../report/explanation.ts";
import { errorHas, type FaultSituation, keyForbids } from "../report/fault-words.ts";

/** TASK_SIZE_MAX: addresses from here on are the kernel's to Linux, the last page of the lower half included. */
const PROGRAM_END = { 48: (1n << 47n) - 4096n, 57: (1n << 56n) - 4096n };
const PAGE_MASK = ~0xfffn;

const VSYSCALL = 0xffffffffff600000n;
/** gettimeofday(), time() and getcpu(). */
const VSYSCALL_ENTRIES: readonly bigint[] = [VSYSCALL, VSYSCALL + 0x400n, VSYSCALL + 0x800n];

/** Address bits that no memory reaches: 1 only in an entry whose address is inverted. */
const INVERTED = 0x000f_c000_0000_0000n;
const EVERY_BIT = 2n ** 64n - 1n;

/**
 * Tells whether an entry that is not present, at the level of pages, is one that Linux writes for PROT_NONE: G of an
 * entry that is present is its _PAGE_PROTNONE. Of a page that was never in use the entry is empty.
 */
export function isProtNone(entry: bigint, entries: EntryFormat): boolean {
  return (entry & entries.bit("P")) === 0n && (entry & entries.bit("G")) !== 0n && (entry & INVERTED) === INVERTED;
}

/**
 * The `entry` of a 4 KiB page after mprotect(PROT_NONE): P and rights off, G on, the address inverted so that speculation
 * finds no memory there.
 */
export function protNoneEntry(entry: bigint, entries: EntryFormat): bigint {
  const address = entries.targetOf(EVERY_BIT, 1);
  return (~entry & address) | (entry & entries.make(0n, { A: true, D: true })) | entries.bit("G");
}

/** Tells whether `va` is beyond what programs can map. The vsyscall page is not. */
export function isKernelAddress(va: bigint, addressBits: 48 | 57): boolean {
  return va >= PROGRAM_END[addressBits] && !isVsyscall(va);
}

export function isVsyscall(va: bigint): boolean {
  return (va & PAGE_MASK) === VSYSCALL;
}

/** What Linux does, and what a program gets. */
export type LinuxAnswer = Pick<ExplainedFault, "signal" | "code" | "resolved" | "outcome" | "linux">;

/** What Linux does about a fault. */
export function linuxAnswer(situation: FaultSituation): LinuxAnswer {
  const { kind, access, kernelAddress, vsyscall } = situation;
  if (access.privilege === "supervisor") return kernelAnswer(situation);
  if (kind === "non-canonical") return nonCanonicalAnswer(situation);
  // Whatever there is: programs are not to find out.
  if (kernelAddress) {
    return mapError(
      "To Linux this is an address of the kernel's. A program gets SIGSEGV with SEGV_MAPERR and is shown an error code " +
        "with P set, whatever is there.",
    );
  }
  if (kind === "reserved-bit") {
    // pgtable_bad() ends the process in an oops, and not through the signal's delivery.
    return signalled(
      "SIGKILL",
      null,
      'Linux never sets such bits in tables of programs: it logs "Corrupted page table" with an oops and kills the ' +
        "process as with SIGKILL; no handler runs.",
    );
  }
  if (vsyscall) return vsyscallAnswer(situation);
  if (kind === "not-present") return notPresentAnswer(situation);
  // A key that forbids is told first, and no page is copied for it.
  if (keyForbids(situation)) {
    return signalled("SIGSEGV", "SEGV_PKUERR", "Linux sends SIGSEGV with SEGV_PKUERR; si_pkey is the key.");
  }
  if (kind === "read-only") return readOnlyAnswer(situation);
  return accessError("The mapping (VMA) is there but does not allow this: Linux sends SIGSEGV with SEGV_ACCERR.");
}

function nonCanonicalAnswer({ vector }: FaultSituation): LinuxAnswer {
  if (vector === 12) {
    return signalled(
      "SIGBUS",
      "SI_KERNEL",
      "#SS tells no address, so Linux sends SIGBUS with si_code SI_KERNEL and si_addr 0. The kernel log has " +
        '"stack segment" and the instruction pointer.',
    );
  }
  return signalled(
    "SIGSEGV",
    "SI_KERNEL",
    "#GP tells no address, so Linux sends SIGSEGV with si_code SI_KERNEL and si_addr 0: a debugger shows address 0 " +
      'although the pointer was not null. The kernel log has "general protection fault" and the instruction pointer. ' +
      "Through the stack segment (push, pop, call, ret, operands based on RSP or RBP) it is #SS(0) and SIGBUS " +
      "(SI_KERNEL) instead.",
  );
}

function notPresentAnswer({ coverage, protNone, access, evicted }: FaultSituation): LinuxAnswer {
  if (protNone) {
    return accessError(
      "G is 1 and the address bits are inverted: so Linux keeps a page under PROT_NONE that was in use before, and " +
        "sends SIGSEGV with SEGV_ACCERR. (NUMA balancing marks pages likewise to see who uses them; then there is no signal.)",
      coverage === "unknown" ? "NUMA balancing marked the page" : undefined,
    );
  }
  const bring = "brings the page (its first touch) and runs the instruction again; there is no signal.";
  switch (coverage) {
    case "allows":
      if (evicted) {
        return resolved(
          LOADS,
          "A mapping (VMA) covers the address and allows the access. The page had to make room for others: Linux loads it " +
            "back, runs the instruction again, and there is no signal.",
        );
      }
      return resolved(BRINGS, `A mapping (VMA) covers the address and allows the access: Linux ${bring}`);
    case "grows":
      return resolved(
        BRINGS,
        `The address lies below the stack, within its limit (ulimit -s): Linux extends its mapping (VMA), ${bring}`,
      );
    case "forbids":
      return accessError(
        access.kind === "fetch"
          ? "A mapping (VMA) covers the address but is not executable. Linux brings the page; the instruction, run " +
              "again, faults on XD, and Linux sends SIGSEGV with SEGV_ACCERR."
          : "A mapping (VMA) covers the address but does not allow the access: Linux sends SIGSEGV with SEGV_ACCERR.",
      );
    case "none":
      return mapError("No mapping (VMA) covers the address: Linux sends SIGSEGV with SEGV_MAPERR.");
    case "unknown":
      return mapError(
        "The tables do not tell which. If a mapping (VMA) covers the address and allows the access, Linux brings the " +
          "page (first touch, file, swap) and there is no signal. If one covers it but does not allow the access: " +
          "SIGSEGV with SEGV_ACCERR. If none does: SEGV_MAPERR.",
        "the page is only not there yet",
      );
  }
}

function readOnlyAnswer({ coverage }: FaultSituation): LinuxAnswer {
  const copied = "Linux copies it, runs the instruction again, and there is no signal";
  switch (coverage) {
    case "allows":
    case "grows":
      return resolved(COPIES, `The mapping (VMA) is writable, and the page was only waiting to be copied: ${copied}.`);
    case "unknown":
      return accessError(
        "Linux first looks whether the mapping (VMA) is writable. If so, the page was only waiting to be copied (after " +
          `fork, a private file, the zero page): ${copied}. If not: SIGSEGV with SEGV_ACCERR.`,
        "the page is only to be copied",
      );
    default:
      return accessError("The mapping (VMA) is not writable: Linux sends SIGSEGV with SEGV_ACCERR.");
  }
}

/** The page is a program's to Linux, but no mapping (VMA) covers it. */
function vsyscallAnswer({ access, address }: FaultSituation): LinuxAnswer {
  if (access.kind !== "fetch") {
    return mapError(
      "Linux treats the vsyscall page as an address of programs. It may be read with vsyscall=emulate only, and never " +
        "be written: SIGSEGV with SEGV_MAPERR.",
    );
  }
  const emulated =
    "Linux treats the vsyscall page as an address of programs and emulates calls of its entries at 0x000, 0x400 and " +
    "0x800, unless the kernel runs with vsyscall=none";
  if (VSYSCALL_ENTRIES.includes(address)) {
    return mapError(
      `${emulated}: then, and if the kernel has no vsyscalls, SIGSEGV with SEGV_MAPERR.`,
      "Linux emulates it",
    );
  }
  return signalled("SIGSEGV", "SI_KERNEL", `${emulated}. This is none of them: SIGSEGV with SI_KERNEL.`);
}

function kernelAnswer(situation: FaultSituation): LinuxAnswer {
  const { kind, vector, address, kernelAddress, smapHolds, coverage } = situation;
  const fixable =
    "unless the kernel expects that the instruction may fail (its exception table then says how to go on)";
  const bug = bugText(address);
  if (kind === "non-canonical") {
    const message =
      vector === 12 ? "stack segment" : "general protection fault, probably for non-canonical address 0x...";
    return oops(`"${message}", ${fixable}.`);
  }
  if (kernelAddress) {
    const lines = `${fetchText(situation)}${bug}`;
    return oops(errorHas("I/D", situation) ? `${lines}.` : `${lines}, ${fixable}.`);
  }
  if (errorHas("I/D", situation)) return oops(`${fetchText(situation)}${bug}: the kernel runs no code of programs.`);
  if (kind === "reserved-bit") return oops(`"Corrupted page table at address ${address.toString(16)}".`);
  if (smapHolds) {
    return oops(
      `${bug}. With CR4.SMAP on and RFLAGS.AC 0 every fault of the kernel's at an address of programs ends so, whether ` +
        "a mapping (VMA) covers it or not; copies that the kernel means to make from and to programs set AC.",
    );
  }
  const fails = `the system call returns EFAULT where the kernel expected that (copy_from_user()); elsewhere it is an oops, ${bug}.`;
  if ((kind === "not-present" || kind === "read-only") && !keyForbids(situation)) {
    const words = kind === "read-only" ? COPIES : BRINGS;
    const verb = kind === "read-only" ? "copies" : "brings";
    if (coverage === "allows" || coverage === "grows") {
      return resolved(
        words,
        `For an address of a program the kernel does as for the program itself: it ${verb} the page.`,
      );
    }
    if (coverage === "unknown") {
      return {
        ...NO_SIGNAL,
        outcome: `${verb} the page, or EFAULT, or an oops; no signal`,
        linux:
          "For an address of a program the kernel does as for the program itself: if a mapping (VMA) covers it and " +
          `allows the access, it ${verb} the page. If not, ${fails}`,
      };
    }
  }
  const why = keyForbids(situation)
    ? "The key holds for the kernel too"
    : "No mapping (VMA) allows the program this access";
  return { ...NO_SIGNAL, outcome: "EFAULT, or an oops; no signal", linux: `${why}: ${fails}` };
}

/** What an oops says of the fetch itself; the leaf's XD decides. */
function fetchText(situation: FaultSituation): string {
  const { kind, steps } = situation;
  if (!errorHas("I/D", situation) || (kind !== "execute-disable" && kind !== "smep")) return "";
  if (steps.at(-1)?.flags.XD) return '"kernel tried to execute NX-protected page", then ';
  return kind === "smep" ? '"unable to execute userspace code (SMEP?)", then ' : "";
}

function bugText(address: bigint): string {
  const what = address < 4096n ? "kernel NULL pointer dereference, address" : "unable to handle page fault for address";
  return `"BUG: ${what}: ${address.toString(16).padStart(16, "0")}"`;
}

const NO_SIGNAL = { signal: null, code: null, resolved: false } as const;
const BRINGS = "brings the page (demand paging)";
const LOADS = "loads the page back (swap)";
const COPIES = "copies the page (copy-on-write)";

function resolved(what: string, linux: string): LinuxAnswer {
  return { ...NO_SIGNAL, resolved: true, outcome: `${what}; no signal`, linux };
}

function oops(says: string): LinuxAnswer {
  const linux = `The kernel logs an oops, ${says} An oops kills the task; the kernel goes on, unless panic_on_oops is set.`;
  return { ...NO_SIGNAL, outcome: "an oops; no signal", linux };
}

/** `unless`: what else it may be that the tables do not tell. */
function mapError(linux: string, unless?: string): LinuxAnswer {
  return signalled("SIGSEGV", "SEGV_MAPERR", linux, unless);
}

function accessError(linux: string, unless?: string): LinuxAnswer {
  return signalled("SIGSEGV", "SEGV_ACCERR", linux, unless);
}

function signalled(
  signal: NonNullable<ExplainedFault["signal"]>,
  code: ExplainedFault["code"],
  linux: string,
  unless?: string,
): LinuxAnswer {
  const name = code === null ? signal : `${signal} (${code})`;
  return { signal, code, resolved: false, outcome: unless === undefined ? name : `${name}, unless ${unless}`, linux };
}
