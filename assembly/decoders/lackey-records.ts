/** Valgrind lackey into entries; lackey.ts has the format. */
import { addRecord, addUnmap } from "../entries";
import { counters } from "../counters";
import { MAX_RECORD_BYTES, STATUS_ADDRESS_TOO_WIDE, STATUS_OK, STATUS_SIZE_OUT_OF_RANGE } from "../layout";
import { PAGE_BYTES, PAGE_SHIFT } from "../paging";
import { HEAD_BYTES, NO_KIND, beginsLikeRecord, isSize, kindAt } from "./lackey";
import { firstUnmapped, lastUnmapped, tellsOfUnmap } from "./syscalls";
import { DIGIT_0, hexDigit, skipHex } from "./text";

@final
@unmanaged
export class LackeyRecords {
  line(at: usize, lineEnd: usize): u32 {
    const kind = kindAt(at, lineEnd);
    const digitsAt = at + HEAD_BYTES;
    const comma = kind == NO_KIND ? digitsAt : skipHex(digitsAt, lineEnd);
    if (comma == digitsAt || !isSize(comma, lineEnd)) {
      counters.skippedLines++;
      if (tellsOfUnmap(at, lineEnd)) {
        addUnmap(firstUnmapped << PAGE_SHIFT, (lastUnmapped << PAGE_SHIFT) | <u64>(PAGE_BYTES - 1));
      }
      return STATUS_OK;
    }
    let va: u64 = 0;
    for (let digit = digitsAt; digit < comma; digit++) {
      if (va >> 60 != 0) return STATUS_ADDRESS_TOO_WIDE;
      va = (va << 4) | hexDigit(<u32>load<u8>(digit));
    }
    let size: u32 = 0;
    for (let digit = comma + 1; digit < lineEnd; digit++) {
      size = size * 10 + (<u32>load<u8>(digit) - DIGIT_0);
      if (size > MAX_RECORD_BYTES) break;
    }
    if (size == 0 || size > MAX_RECORD_BYTES) return STATUS_SIZE_OUT_OF_RANGE;
    addRecord(kind, va, size);
    return STATUS_OK;
  }

  longLine(_at: usize): u32 {
    return STATUS_OK;
  }

  isTorn(at: usize, end: usize): bool {
    return beginsLikeRecord(at, end);
  }
}
