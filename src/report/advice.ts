/** What the look of an address tells, and what to look at next. */
import { type FaultSituation, keyForbids } from "./fault-words.ts";
import { hexAddress } from "./format.ts";

/** Bytes that memory is filled with, and what a pointer made of one is. */
const FILLS: readonly { byte: bigint; by: string; so: string }[] = [
  { byte: 0xccn, by: "MSVC fills variables on the stack with it", so: "the pointer was never set" },
  { byte: 0xcdn, by: "MSVC fills new memory of the heap with it", so: "the pointer was never set" },
  { byte: 0xddn, by: "MSVC fills freed memory with it", so: "use after free" },
  { byte: 0xfdn, by: "MSVC puts it around blocks of the heap", so: "the pointer was read from outside its block" },
  { byte: 0xabn, by: "Windows puts it behind blocks of the heap", so: "the pointer was read from behind its block" },
  {
    byte: 0xfen,
    by: "GCC fills variables with it (-ftrivial-auto-var-init=pattern)",
    so: "the pointer was never set",
  },
  {
    byte: 0xaan,
    by: "Clang fills variables with it (-ftrivial-auto-var-init=pattern)",
    so: "the pointer was never set",
  },
  {
    byte: 0x5an,
    by: "jemalloc fills freed memory with it, if asked to; the Linux kernel new memory (slab poisoning)",
    so: "use after free, or in the kernel a pointer that was never set",
  },
  { byte: 0xa5n, by: "jemalloc fills new memory with it, if asked to", so: "the pointer was never set" },
  { byte: 0x6bn, by: "the Linux kernel fills freed memory with it (slab poisoning)", so: "use after free" },
  { byte: 0xben, by: "AddressSanitizer fills new memory with it", so: "the pointer was never set" },
];

const WORDS: readonly { word: bigint; text: string }[] = [
  { word: 0xdeadbeefn, text: "0xdeadbeef is a common mark for memory that is freed or not set." },
  { word: 0xbaadf00dn, text: "Windows fills memory from LocalAlloc() with 0xbaadf00d: the pointer was never set." },
  { word: 0xfeeefeeen, text: "Windows fills freed memory with 0xfeeefeee: use after free." },
];

/**
 * By the upper 48 bits of an address: a member's offset changes the lowest bytes. Values of 32 bits stand alone or twice.
 */
const BY_UPPER_BITS = new Map<bigint, string>([
  ...FILLS.flatMap(({ byte, by, so }) => {
    const text = `${hexAddress(byte)} in every byte: ${by}; ${so}.`;
    return [[byte * 0x010101010101n, text] as const, [byte * 0x0101n, text] as const];
  }),
  ...WORDS.flatMap(({ word, text }) => [[((word << 32n) | word) >> 16n, text] as const, [word >> 16n, text] as const]),
]);

/** Base of Linux's LIST_POISON1 and 2, and of other poison. */
const LIST_POISON = 0xdead000000000000n;
/** vm.mmap_min_addr: below nothing is mapped, so that a null pointer with an offset faults. */
const NULL_PAGES = 0x10000n;
const ASCII_LENGTHS: readonly number[] = [4, 7, 8];
/** Negative numbers down to here are likely meant as numbers; below lie modules, vsyscalls and code of the kernel. */
const LEAST_INT = -(2n ** 20n);

/** Sentences about the address, the likeliest cause first. */
export function adviceFor(situation: FaultSituation, resolved: boolean): string[] {
  if (resolved && situation.evicted) {
    return ["Nothing, unless there are many: a major fault waits for the disk. More memory makes them fewer."];
  }
  if (resolved) {
    return ["Nothing: such faults are how Linux hands out memory. Each page costs one (a minor fault)."];
  }
  const shape = shapeOf(situation);
  return [...(shape === null ? [] : [shape]), ...nextSteps(situation)];
}

/** What the address looks like, if like anything. */
function shapeOf({ address, kind, addressBits, vsyscall, coverage, protNone }: FaultSituation): string | null {
  if (vsyscall) return "0xffffffffff600000 is the vsyscall page, where old programs call gettimeofday() and time().";
  // There is a page or a mapping: the address is probably meant.
  if (protNone || (kind !== "non-canonical" && kind !== "not-present")) return null;
  if (coverage !== "none" && coverage !== "unknown") return null;
  const fill = fillOf(address);
  if (fill !== null) return fill;
  const text = asciiOf(address);
  if (text !== null) {
    return (
      `The bytes of the address are text, in memory "${text}": data was written over the pointer (an overflow of a ` +
      "buffer, or use after free), or is taken for one."
    );
  }
  if (kind === "non-canonical") return tagOrEdge(address, addressBits);
  if (address === 0n) return "A null pointer.";
  if (address < NULL_PAGES) {
    return `A null pointer plus ${address}: a field of a structure, or an element of an array, reached through it.`;
  }
  const negative = BigInt.asIntN(64, address);
  if (negative < 0n && negative >= LEAST_INT) {
    const errno =
      negative >= -4095n ? ", perhaps an error number returned instead of a pointer (MAP_FAILED is -1)" : "";
    return `As a signed number this is ${negative}: a negative int used as a pointer or index${errno}.`;
  }
  if (address < 2n ** 32n) return "The address fits into 32 bits: perhaps a pointer that went through an int.";
  return null;
}

function fillOf(address: bigint): string | null {
  if ((address & ~0xfffn) === LIST_POISON) {
    return "Linux's list_del() leaves 0xdead000000000100 and 0xdead000000000122: a list entry was used after list_del().";
  }
  return BY_UPPER_BITS.get(address >> 16n) ?? WORDS.find(({ word }) => address >> 32n === word)?.text ?? null;
}

/**
 * The characters of the address in the order of memory, if it is text; zeros may end it. Not with 5 or 6: many addresses
 * of programs are, as 0x555555556024.
 */
function asciiOf(address: bigint): string | null {
  let text = "";
  let rest = address;
  for (; rest > 0n; rest >>= 8n) {
    const code = Number(rest & 0xffn);
    if (code < 0x20 || code > 0x7e) return null;
    text += String.fromCharCode(code);
  }
  return ASCII_LENGTHS.includes(text.length) ? text : null;
}

function tagOrEdge(address: bigint, addressBits: 48 | 57): string {
  const end = 1n << BigInt(addressBits - 1);
  const without = BigInt.asUintN(64, BigInt.asIntN(addressBits, address));
  if (address >= end && address < 2n * end) {
    const beyond = address - end;
    const distance = beyond === 0n ? "The address is the first" : `The address lies ${hexAddress(beyond)} bytes`;
    return (
      `${distance} beyond the lower half: a pointer with a bit flipped or data written over it, arithmetic that ran too ` +
      `far, or an address of the upper half, ${hexAddress(without)}, that lost its upper bits.`
    );
  }
  const lam = ((address ^ without) & ~(0x3fn << 57n)) === 0n;
  const lamText = lam ? " (Only bits 62:57 differ: with LAM turned on the processor would ignore those.)" : "";
  return (
    `Without its upper ${64 - addressBits} bits it would be ${hexAddress(without)}: a pointer with a tag in those bits that ` +
    `was not taken off, or with other data written over it.${lamText}`
  );
}

/** What to look at, by the kind of fault. */
function nextSteps(situation: FaultSituation): string[] {
  const { kind, access, kernelAddress, vsyscall } = situation;
  if (access.privilege === "supervisor") {
    return ["An oops in the kernel's log tells the code (RIP) and the registers: find the one that held the address."];
  }
  const registers =
    "In the debugger, look at the instruction (x/i $rip) and at the registers that it uses as addresses, and find out " +
    "where that value came from.";
  if (kind === "non-canonical") return [registers];
  if (kernelAddress) return ["A program cannot use this address.", registers];
  if (vsyscall) return ["Look at the kernel parameter vsyscall= (xonly, emulate or none), and use the vDSO instead."];
  if (keyForbids(situation)) {
    return ["Open the key in this thread before the access: pkey_set(), or WRPKRU. PKRU is a register of each thread."];
  }
  switch (kind) {
    case "not-present":
      return notPresentSteps(situation);
    case "read-only":
      return [WRITE_STEP];
    case "execute-disable":
      return [FETCH_STEP];
    case "supervisor-page":
      return ["The tables give this page to the kernel alone, though it lies in the half of programs."];
    case "reserved-bit":
      return [
        "Test the memory of the machine, and look at drivers; in a table of your own, compare the entry with MAXPHYADDR " +
          "and the alignment that its page size needs.",
      ];
    default:
      return [registers];
  }
}

const WRITE_STEP =
  "Look in /proc/PID/maps whether the mapping has w; text constants and code are mapped without, on purpose.";
const FETCH_STEP =
  "A jump into data: a function pointer or return address was overwritten, or generated code lacks mprotect(PROT_EXEC).";

function notPresentSteps({ address, access, protNone, coverage }: FaultSituation): string[] {
  if (!protNone && coverage === "forbids" && access.kind !== "read") {
    return [access.kind === "write" ? WRITE_STEP : FETCH_STEP];
  }
  if (protNone || coverage === "forbids") {
    return [
      "Look in /proc/PID/maps for ---p: mmap() or mprotect() with PROT_NONE, as allocators and garbage collectors use " +
        "it for memory that they have taken back.",
    ];
  }
  if (address < NULL_PAGES) {
    return [
      "Find out where the pointer should have been set: perhaps a function returned NULL, or nothing was ever assigned.",
    ];
  }
  const covered = coverage === "none" ? "" : " In one that allows the access: only its first touch.";
  return [
    "Look the address up in /proc/PID/maps (gdb: info proc mappings). In none of them: a wrong pointer, or memory " +
      `unmapped already. Below the stack, or in a guard (---p) there: recursion too deep.${covered}`,
  ];
}
