/**
 * ChampSim: input_instr and cloudsuite_instr of inc/trace_instruction.h of github.com/ChampSim/ChampSim, as of 2023, as its
 * tracers write them. Little-endian, one record an instruction, of 64 or 96 bytes:
 *
 *   0    8         9      10         12        16          32             64
 *   ├────┼─────────┼──────┼──────────┼─────────┼───────────┼──────────────┤
 *   │ ip │is_branch│taken │ 2 dest.  │ 4 source│ 2 stores  │ 4 loads      │
 *   │    │         │      │ registers│registers│           │              │
 *   └────┴─────────┴──────┴──────────┴─────────┴───────────┴──────────────┘
 *
 *   0    8         9      10         14        18       24         56         88     90      96
 *   ├────┼─────────┼──────┼──────────┼─────────┼────────┼──────────┼──────────┼──────┼───────┤
 *   │ ip │is_branch│taken │ 4 dest.  │ 4 source│ unused │ 4 stores │ 4 loads  │ asid │unused │
 *   └────┴─────────┴──────┴──────────┴─────────┴────────┴──────────┴──────────┴──────┴───────┘
 *
 * An address of 0 is none. A record makes a fetch, its loads, its stores, of 1 byte each: sizes are not told, so that what
 * crosses pages cannot be seen. The asid, 16 bits, is taken for process and thread.
 */
import { addRecord, addThread } from "../entries";
import { KIND_FETCH, KIND_LOAD, KIND_STORE, STATUS_BAD_RECORD, STATUS_OK } from "../layout";

export const CHAMPSIM_BYTES: usize = 64;
export const CLOUDSUITE_BYTES: usize = 96;

/** The asid of the record before. */
let asid: u32 = 0;

/** Starts at the beginning of a trace. */
export function resetChampSim(): void {
  asid = 0;
}

@final
@unmanaged
export class ChampSim {
  record(at: usize): u32 {
    if (!putFetch(at)) return STATUS_BAD_RECORD;
    const memory = v128.or(v128.or(v128.load(at, 16), v128.load(at, 32)), v128.load(at, 48));
    if (v128.any_true(memory)) {
      putAll(KIND_LOAD, at + 32, 4);
      putAll(KIND_STORE, at + 16, 2);
    }
    return STATUS_OK;
  }

  finish(): u32 {
    return STATUS_OK;
  }
}

@final
@unmanaged
export class CloudSuite {
  record(at: usize): u32 {
    const its = <u32>load<u16>(at, 88);
    if (its != asid) {
      asid = its;
      addThread(its, its);
    }
    if (!putFetch(at)) return STATUS_BAD_RECORD;
    putAll(KIND_LOAD, at + 56, 4);
    putAll(KIND_STORE, at + 24, 4);
    return STATUS_OK;
  }

  finish(): u32 {
    return STATUS_OK;
  }
}

/** The fetch of the instruction at `at`; false if that has no address. */
function putFetch(at: usize): bool {
  const ip = load<u64>(at);
  if (ip == 0) return false;
  addRecord(KIND_FETCH, ip, 1);
  return true;
}

/** The `count` operands at `operands`, as far as there are any. */
function putAll(kind: u32, operands: usize, count: usize): void {
  for (let at = operands, end = operands + (count << 3); at < end; at += 8) {
    const address = load<u64>(at);
    if (address != 0) addRecord(kind, address, 1);
  }
}
