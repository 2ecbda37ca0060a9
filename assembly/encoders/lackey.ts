/**
 * Entries to the text of Valgrind lackey; decoders/lackey.ts has the format. Addresses have eight digits at least, as
 * lackey prints them. Pages that were unmapped, or have other rights, become the line that Valgrind prints of that system
 * call, of process and thread 1 (decoders/syscalls.ts).
 */
import { COMMA, DIGIT_0, NEWLINE } from "../decoders/text";
import {
  ENTRY_BYTES,
  ENTRY_HAS_PC,
  ENTRY_INSTRUCTION,
  ENTRY_PROTECT,
  ENTRY_THREAD,
  ENTRY_UNMAP,
  Entry,
  RECORD_KINDS,
  isInstruction,
} from "../entries";
import { LOSS_INSTRUCTIONS, LOSS_PCS, lose, noteThread, settleThread, threadChanged } from "./losses";
import { OUTPUT_END, OUTPUT_FULL } from "./output";

/** Characters in front of the address, in the order of the kinds: `I  `, ` L `, ` S `, ` M `. */
const HEADS: usize = memory.data<u32>([0x202049, 0x204c20, 0x205320, 0x204d20]);
const HEAD_BYTES: usize = 3;
/** Digits that an address has at least. */
const LEAST_DIGITS: u64 = 8;

/** The first entry that encodeLackey() has not encoded. */
export let lackeyTo: usize = 0;
/** Address of the latest instruction. */
let pc: u64 = 0;
/** Number of the next system call. */
let calls: u64 = 1;

/** Starts at the beginning of a trace. */
export function resetLackeyText(): void {
  pc = 0;
  calls = 1;
}

/** Writes the entries from `from` to `end`, or as many as there is room for, to `start` and on. Returns where they end. */
export function encodeLackey(from: usize, end: usize, start: usize): usize {
  let at = from;
  let out = start;
  while (at < end && out < OUTPUT_FULL) {
    const entry = changetype<Entry>(at);
    at += <usize>ENTRY_BYTES;
    const kind = <u32>entry.kind;
    if (kind >= RECORD_KINDS) {
      out = Other.encode(entry, out);
      continue;
    }
    if (threadChanged) settleThread();
    const va = entry.address;
    if (isInstruction(kind)) pc = va;
    else if ((entry.flags & ENTRY_HAS_PC) != 0 && entry.pc != pc) lose(LOSS_PCS);
    store<u32>(out, load<u32>(HEADS + ((<usize>kind) << 2)));
    out = Digits.hex(va, LEAST_DIGITS, out + HEAD_BYTES);
    const size = entry.size;
    if (size < 10) {
      store<u32>(out, COMMA | ((DIGIT_0 + size) << 8) | (NEWLINE << 16));
      out += 3;
    } else {
      store<u8>(out, COMMA);
      out = Digits.decimal(size, out + 1);
      store<u8>(out++, NEWLINE);
    }
  }
  assert(out <= OUTPUT_END);
  lackeyTo = at;
  return out;
}

/** Entries that are no records. */
@final
class Other {
  static encode(entry: Entry, start: usize): usize {
    const kind = <u32>entry.kind;
    if (kind == ENTRY_THREAD) {
      noteThread(entry.address);
      return start;
    }
    if (kind == ENTRY_INSTRUCTION) {
      pc = entry.address;
      lose(LOSS_INSTRUCTIONS);
      return start;
    }
    if (kind != ENTRY_UNMAP && kind != ENTRY_PROTECT) return start;
    let out = Other.text("SYSCALL[1,1](", start);
    out = Digits.decimal(calls++, out);
    out = Other.text(kind == ENTRY_UNMAP ? ") sys_munmap ( 0x" : ") sys_mprotect ( 0x", out);
    out = Digits.hex(entry.address, 1, out);
    out = Other.text(", ", out);
    out = Digits.decimal(entry.pc - entry.address + 1, out);
    if (kind == ENTRY_PROTECT) {
      out = Other.text(", ", out);
      out = Digits.decimal(entry.size, out);
    }
    return Other.text(" )[sync] --> Success(0x0)\n", out);
  }

  /** Writes `text`, of one-byte characters. */
  static text(text: string, out: usize): usize {
    const length = text.length;
    for (let index = 0; index < length; index++) store<u8>(out + index, <u8>text.charCodeAt(index));
    return out + <usize>length;
  }
}

/** Numbers as text. Each writes to `out`, up to 15 bytes beyond what it returns as the end. */
@final
class Digits {
  /** `value` in lower-case hexadecimal digits, at least `least` (1..16). */
  static hex(value: u64, least: u64, out: usize): usize {
    const digits = max((67 - clz(value)) >> 2, least);
    const aligned = i64x2.splat(value << ((16 - digits) << 2));
    // Each byte, the highest first, twice: of the first the high nibble is taken, of the second the low one.
    const bytes = i8x16.swizzle(aligned, i8x16(7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0));
    const high = v128.and(i16x8.shr_u(bytes, 4), i16x8.splat(0x000f));
    const nibbles = v128.or(high, v128.and(bytes, i16x8.splat(0x0f00)));
    const names = i8x16(48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 97, 98, 99, 100, 101, 102);
    v128.store(out, i8x16.swizzle(names, nibbles));
    return out + <usize>digits;
  }

  static decimal(value: u64, out: usize): usize {
    let digits: usize = 1;
    for (let rest = value; rest >= 10; rest /= 10) digits++;
    let rest = value;
    for (let at = out + digits; at > out; rest /= 10) store<u8>(--at, <u8>(DIGIT_0 + <u32>(rest % 10)));
    return out + digits;
  }
}
