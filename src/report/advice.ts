/** What the look of an address tells, and what to look at next. */
import type { FaultSituation } from "./fault-words.ts";
import { hexAddress } from "./format.ts";

/** Bytes that programs fill memory with; a pointer made of one was never set, or is used after free. */
const FILLS: readonly { byte: bigint; by: string }[] = [
  { byte: 0xccn, by: "MSVC writes into variables that are not set" },
  { byte: 0xcdn, by: "MSVC writes into memory that malloc() returns" },
  { byte: 0xddn, by: "MSVC writes into memory that is freed" },
  { byte: 0xfdn, by: "MSVC writes around memory that malloc() returns" },
  { byte: 0xabn, by: "Windows writes behind memory of its heap" },
  { byte: 0xaan, by: "Clang writes into variables that are not set (-ftrivial-auto-var-init=pattern)" },
  { byte: 0x5an, by: "jemalloc writes into memory that is freed, if asked to" },
  { byte: 0xa5n, by: "jemalloc writes into memory that malloc() returns, if asked to" },
  { byte: 0x6bn, by: "the Linux kernel writes into memory that is freed (slab poisoning)" },
  { byte: 0xben, by: "AddressSanitizer writes into memory that malloc() returns" },
];

const WORDS: readonly { word: bigint; of: string }[] = [
  { word: 0xdeadbeefn, of: "0xdeadbeef is a common mark for memory that is freed or not set" },
  { word: 0xbaadf00dn, of: "0xbaadf00d is what Windows writes into memory that LocalAlloc() returns" },
  { word: 0xfeeefeeen, of: "0xfeeefeee is what Windows writes into memory that is freed" },
];

/**
 * By the upper 48 bits of an address: a member's offset changes the lowest bytes. Values of 32 bits stand alone or twice.
 */
const BY_UPPER_BITS = new Map<bigint, string>([
  ...FILLS.flatMap(({ byte, by }) => {
    const text = `0x${byte.toString(16)} in every byte is what ${by}`;
    return [[byte * 0x010101010101n, text] as const, [byte * 0x0101n, text] as const];
  }),
  ...WORDS.flatMap(({ word, of }) => [[((word << 32n) | word) >> 16n, of] as const, [word >> 16n, of] as const]),
]);

/** Linux's LIST_POISON1 and 2: what list_del() leaves in a list entry. */
const LIST_POISON = 0xdead000000000000n;
/** vm.mmap_min_addr: below nothing is mapped, so that a null pointer with an offset faults. */
const NULL_PAGES = 0x10000n;
const ASCII_LENGTHS: readonly number[] = [4, 7, 8];
const FILL_ADVICE = "a pointer that was never set, or is used after free";

/** Sentences about the address, the likeliest cause first. */
export function adviceFor(situation: FaultSituation): string[] {
  const shape = shapeOf(situation);
  return [...(shape === null ? [] : [shape]), ...nextSteps(situation)];
}

/** What the address looks like, if like anything. */
function shapeOf({ address, kind, addressBits }: FaultSituation): string | null {
  if (kind !== "non-canonical" && kind !== "not-present") return null; // there is a page: the address is probably meant
  const fill = fillOf(address);
  if (fill !== null) return `${fill}: ${FILL_ADVICE}.`;
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
    return `A null pointer and an offset of ${address}: a member of a structure, or an element of an array, of nothing.`;
  }
  const negative = BigInt.asIntN(64, address);
  if (negative < 0n && negative >= -(2n ** 31n)) {
    const errno =
      negative >= -4095n ? ", perhaps an error number returned instead of a pointer (MAP_FAILED is -1)" : "";
    return `As a signed number this is ${negative}: a negative int used as a pointer or index${errno}.`;
  }
  if (address < 2n ** 32n) return "The address fits into 32 bits: perhaps a pointer that went through an int.";
  return null;
}

function fillOf(address: bigint): string | null {
  if ((address & ~0xfffn) === LIST_POISON)
    return "0xdead000000000100 and 0xdead000000000122 are what list_del() of Linux leaves";
  return BY_UPPER_BITS.get(address >> 16n) ?? WORDS.find(({ word }) => address >> 32n === word)?.of ?? null;
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
  const { kind, access, kernelAddress } = situation;
  if (access.privilege === "supervisor") {
    return ["Look at the oops in the kernel's log: RIP tells the code, and the registers which one held the address."];
  }
  const registers =
    "In the debugger, look at the instruction (x/i $rip) and at the registers that it uses as addresses, and find out " +
    "where that value came from.";
  if (kind === "non-canonical") return [registers];
  if (kernelAddress) return ["A program cannot use this address.", registers];
  switch (kind) {
    case "not-present":
      if (situation.protNone) {
        return [
          "Look in /proc/PID/maps for ---p: mmap() or mprotect() with PROT_NONE. Guards below the stacks of threads are " +
            "made so: recursion too deep.",
        ];
      }
      return situation.address < NULL_PAGES
        ? ["Look who was to set the pointer: a function that returned NULL, a member that was never set."]
        : [
            "Look the address up in /proc/PID/maps (gdb: info proc mappings). In no mapping: a wrong pointer, or memory " +
              "unmapped already. Just below the stack: recursion too deep. In one: only its first touch.",
          ];
    case "read-only":
      return [
        "Look in /proc/PID/maps whether the mapping has w; text constants and code are mapped without, on purpose.",
      ];
    case "execute-disable":
      return [
        "A jump into data: a function pointer or return address was overwritten, or generated code lacks " +
          "mprotect(PROT_EXEC).",
      ];
    case "supervisor-page":
      return ["The tables give this page to the kernel alone, though it lies in the half of programs."];
    case "protection-key":
      return [
        "Open the key in this thread before the access: pkey_set(), or WRPKRU. PKRU is a register of each thread.",
      ];
    case "reserved-bit":
      return [
        "Test the memory of the machine, and look at drivers; in a table of your own, compare the entry with MAXPHYADDR " +
          "and the alignment that its page size needs.",
      ];
    default:
      return [registers];
  }
}
