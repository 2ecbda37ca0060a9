/** Writes ChampSim's traces, of 64 bytes a record, and of 96 (CloudSuite), as trace_instruction.h has them. */

export interface ChampSimInstruction {
  /** Not 0, nor are the addresses; 0 is none. */
  ip: bigint;
  isBranch?: boolean;
  isTaken?: boolean;
  /** At most 4. */
  loads?: readonly bigint[];
  /** At most 2; in CloudSuite 4. */
  stores?: readonly bigint[];
  /** In CloudSuite. */
  asid?: number;
}

export function encodeChampsim(instructions: readonly ChampSimInstruction[]): Uint8Array<ArrayBuffer> {
  return encode(instructions, 64, 16, 32);
}

export function encodeCloudsuite(instructions: readonly ChampSimInstruction[]): Uint8Array<ArrayBuffer> {
  const bytes = encode(instructions, 96, 24, 56);
  const view = new DataView(bytes.buffer);
  instructions.forEach(({ asid = 0 }, index) => {
    view.setUint16(96 * index + 88, asid, true);
  });
  return bytes;
}

function encode(
  instructions: readonly ChampSimInstruction[],
  recordBytes: number,
  storesAt: number,
  loadsAt: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(recordBytes * instructions.length);
  const view = new DataView(bytes.buffer);
  instructions.forEach(({ ip, isBranch = false, isTaken = false, loads = [], stores = [] }, index) => {
    const at = recordBytes * index;
    view.setBigUint64(at, ip, true);
    view.setUint8(at + 8, Number(isBranch));
    view.setUint8(at + 9, Number(isTaken));
    loads.forEach((address, operand) => {
      view.setBigUint64(at + loadsAt + 8 * operand, address, true);
    });
    stores.forEach((address, operand) => {
      view.setBigUint64(at + storesAt + 8 * operand, address, true);
    });
  });
  return bytes;
}
