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
    return putInstruction(at, at + 32, at + 16, 2);
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
    return putInstruction(at, at + 56, at + 24, 4);
  }

  finish(): u32 {
    return STATUS_OK;
  }
}

function putInstruction(at: usize, loads: usize, stores: usize, storeCount: usize): u32 {
  const ip = load<u64>(at);
  if (ip == 0) return STATUS_BAD_RECORD;
  addRecord(KIND_FETCH, ip, 1);
  for (let operand: usize = 0; operand < 4; operand++) put(KIND_LOAD, load<u64>(loads + (operand << 3)));
  for (let operand: usize = 0; operand < storeCount; operand++) put(KIND_STORE, load<u64>(stores + (operand << 3)));
  return STATUS_OK;
}

function put(kind: u32, address: u64): void {
  if (address != 0) addRecord(kind, address, 1);
}
