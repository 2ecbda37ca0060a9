/**
 * An interpreter of RV32I over an AddressSpace: every instruction is fetched, and every load and store made, at virtual
 * addresses. The RISC-V Instruction Set Manual, Volume I, "RV32I Base Integer Instruction Set"; system calls as Linux has them.
 */
import type { AddressSpace } from "pagewalk/memory";

/** Numbers of registers by their names in the calling convention. */
export const REGISTERS = {
  zero: 0,
  ra: 1,
  sp: 2,
  t0: 5,
  t1: 6,
  s0: 8,
  s1: 9,
  a0: 10,
  a1: 11,
  a2: 12,
  a7: 17,
  s2: 18,
  s3: 19,
};

const { a0, a1, a2, a7 } = REGISTERS;

/** System calls in a7. */
const WRITE = 64;
const EXIT = 93;

export class Rv32i {
  readonly #memory: AddressSpace;
  /** x0 to x31. What is written to x0 is forgotten. */
  readonly x = new Int32Array(32);
  /** Address of the instruction that comes next. */
  pc: number;
  /** What the program has written to its standard output. */
  output = "";
  /** Its exit status; `null` while it runs. */
  status: number | null = null;
  /** Instructions that were done. */
  instructions = 0;

  constructor(memory: AddressSpace, entry: number, stackTop: number) {
    this.#memory = memory;
    this.pc = entry;
    this.x[REGISTERS.sp] = stackTop;
  }

  /**
   * Does one instruction. Throws SegmentationFault where it may not be fetched, or its load or store not be made: `pc` is then
   * still its address, and no register has changed.
   */
  step(): void {
    const word = this.#memory.fetch32(this.pc);
    this.pc = this.#execute(word) >>> 0;
    this.x[0] = 0;
    this.instructions++;
  }

  /** Does `word`, and returns where it goes on. */
  #execute(word: number): number {
    const rd = (word >>> 7) & 31;
    const left = this.#register(word >>> 15);
    const right = this.#register(word >>> 20);
    const next = this.pc + 4;
    switch (word & 0x7f) {
      case 0x37: // LUI
        return this.#set(rd, word & 0xfffff000, next);
      case 0x17: // AUIPC
        return this.#set(rd, this.pc + (word & 0xfffff000), next);
      case 0x6f: // JAL
        return this.#set(rd, next, this.pc + offsetOfJump(word));
      case 0x67: // JALR
        return this.#set(rd, next, (left + (word >> 20)) & ~1);
      case 0x63: // BEQ and the others
        return this.#isTaken(word, left, right) ? this.pc + offsetOfBranch(word) : next;
      case 0x03: // LB and the others
        return this.#set(rd, this.#load(word, (left + (word >> 20)) >>> 0), next);
      case 0x23: // SB, SH, SW
        this.#store(word, (left + (((word >> 25) << 5) | rd)) >>> 0, right);
        return next;
      case 0x13: // ADDI and the others: of the immediate's upper bits only shifts to the right have a use
        return this.#set(rd, this.#compute(word, left, word >> 20, isShiftRight(word) && bit30(word)), next);
      case 0x33: // ADD and the others
        if ((word & 0xbe000000) !== 0) return this.#illegal(word);
        return this.#set(rd, this.#compute(word, left, right, bit30(word)), next);
      case 0x0f: // FENCE: there is nobody to wait for
        return next;
      case 0x73: // ECALL
        if (word !== 0x73) return this.#illegal(word);
        this.#systemCall();
        return next;
      default:
        return this.#illegal(word);
    }
  }

  #compute(word: number, left: number, right: number, isOther: boolean): number {
    switch (functionOf(word)) {
      case 0:
        return isOther ? left - right : left + right;
      case 1:
        return left << right;
      case 2:
        return Number(left < right);
      case 3:
        return Number(left >>> 0 < right >>> 0);
      case 4:
        return left ^ right;
      case 5:
        return isOther ? left >> right : left >>> right;
      case 6:
        return left | right;
      default:
        return left & right;
    }
  }

  #isTaken(word: number, left: number, right: number): boolean {
    switch (functionOf(word)) {
      case 0:
        return left === right;
      case 1:
        return left !== right;
      case 4:
        return left < right;
      case 5:
        return left >= right;
      case 6:
        return left >>> 0 < right >>> 0;
      case 7:
        return left >>> 0 >= right >>> 0;
      default:
        return Boolean(this.#illegal(word));
    }
  }

  #load(word: number, address: number): number {
    switch (functionOf(word)) {
      case 0:
        return this.#memory.readInt8(address);
      case 1:
        return this.#memory.readInt16(address);
      case 2:
        return this.#memory.readInt32(address);
      case 4:
        return this.#memory.read8(address);
      case 5:
        return this.#memory.read16(address);
      default:
        return this.#illegal(word);
    }
  }

  #store(word: number, address: number, value: number): void {
    switch (functionOf(word)) {
      case 0:
        this.#memory.write8(address, value);
        break;
      case 1:
        this.#memory.write16(address, value);
        break;
      case 2:
        this.#memory.write32(address, value);
        break;
      default:
        this.#illegal(word);
    }
  }

  #systemCall(): void {
    const number = this.#register(a7);
    if (number === EXIT) this.status = this.#register(a0) & 255;
    else if (number === WRITE) {
      const bytes = this.#memory.read(this.#register(a1) >>> 0, this.#register(a2) >>> 0);
      this.output += new TextDecoder().decode(bytes);
      this.x[a0] = bytes.length;
    } else this.x[a0] = -38; // ENOSYS
  }

  #register(number: number): number {
    return this.x[number & 31] ?? 0;
  }

  #set(register: number, value: number, next: number): number {
    this.x[register] = value;
    return next;
  }

  #illegal(word: number): never {
    throw new Error(
      `0x${this.pc.toString(16)}: 0x${(word >>> 0).toString(16).padStart(8, "0")} is no instruction of RV32I`,
    );
  }
}

/** funct3: which one of a group of instructions. */
function functionOf(word: number): number {
  return (word >>> 12) & 7;
}

/** SUB and SRA instead of ADD and SRL. */
function bit30(word: number): boolean {
  return ((word >>> 30) & 1) === 1;
}

function isShiftRight(word: number): boolean {
  return functionOf(word) === 5;
}

function offsetOfBranch(word: number): number {
  return ((word >> 31) << 12) | ((word & 0x80) << 4) | ((word >>> 20) & 0x7e0) | ((word >>> 7) & 0x1e);
}

function offsetOfJump(word: number): number {
  return ((word >> 31) << 20) | (word & 0xff000) | ((word >>> 9) & 0x800) | ((word >>> 20) & 0x7fe);
}
