import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ExplainOptions, explain } from "../../src/explain.ts";
import { explainText } from "../../src/report/explain-text.ts";

async function textsOf(addresses: (string | bigint)[], options: ExplainOptions = {}): Promise<string[]> {
  const texts: string[] = [];
  for await (const explanation of explain(addresses, options))
    texts.push(explainText(explanation, "the example process"));
  return texts;
}

const textOf = async (address: string, options: ExplainOptions = {}) => (await textsOf([address], options))[0];

describe("explainText()", () => {
  it("teaches what a non-canonical address is", async () => {
    expect(await textOf("0x0000800000001234")).toMatchInlineSnapshot(`
      "0x0000800000001234  read by a program (user mode): NOT CANONICAL
      ================================================================
      4-level paging; tables of the example process

        63            48 47     39 38     30 29     21 20     12 11         0
        0000000000000000 100000000 000000000 000000000 000000001 001000110100
        xxxxxxxxxxxxxxxx ^
        copies of bit 47 PML4 256  PDPT 0    PD 0      PT 1      offset 0x234

        NOT CANONICAL: bits 63 to 48 must be copies of bit 47 (^), which is 1, and the
        16 marked x are not. It would be canonical with 5-level paging (--la57), which
        has 57 bits.

      What the processor did: #GP(0), general protection (vector 13)
        It tested the bits before anything else: no TLB was looked up, no page table
        was read, so that it is of no consequence what they map. The error code is 0,
        and CR2 keeps what it had: the address is recorded nowhere.

      What Linux does: SIGSEGV (SI_KERNEL)
        #GP tells no address, so Linux sends SIGSEGV with si_code SI_KERNEL and
        si_addr 0: a debugger shows address 0 although the pointer was not null. The
        kernel log has "general protection fault" and the instruction pointer. Through
        the stack segment (push, pop, call, ret, operands based on RSP or RBP) it is
        #SS(0) and SIGBUS (SI_KERNEL) instead.

      What to do
        - The address lies 0x1234 bytes beyond the lower half: a pointer with a bit
          flipped or data written over it, arithmetic that ran too far, or an address
          of the upper half, 0xffff800000001234, that lost its upper bits.
        - In the debugger, look at the instruction (x/i $rip) and at the registers
          that it uses as addresses, and find out where that value came from.

      What a canonical address is
        A pointer has 64 bits, but the four levels of tables translate only 48 of them
        (4 * 9 + 12). The processor insists that the others repeat the highest of
        those, as in the sign extension of a number, so that no program keeps
        something else there and breaks where addresses get longer. That leaves two
        halves, and between them a hole in which there are no addresses:

        0xffffffffffffffff  +--------------------------+
                            | upper half, 128 TiB      | bits 63 to 47 are 1:
                            |                          | Linux and its data
        0xffff800000000000  +--------------------------+
                            |                          |
                            | the hole:                | <- 0x0000800000001234
                            | 65,535 times both halves |
                            |                          |
        0x00007fffffffffff  +--------------------------+
                            | lower half, 128 TiB      | bits 63 to 47 are 0:
                            |                          | programs
        0x0000000000000000  +--------------------------+
      "
    `);
  });

  it("shows how an address is translated", async () => {
    expect(await textOf("0x7f1234000010")).toMatchInlineSnapshot(`
      "0x00007f1234000010  read by a program (user mode)
      =================================================
      4-level paging; tables of the example process
      There: file mapping, 8 pages read so far

        63            48 47     39 38     30 29     21 20     12 11         0
        0000000000000000 011111110 001001000 110100000 000000000 000000010000
        ================ ^
        copies of bit 47 PML4 254  PDPT 72   PD 416    PT 0      offset 0x10

        Canonical (lower half): bits 63 to 48 are copies of bit 47 (^), which is 0.

      The walk
        CR3 = 0x2a6a000: there lies the PML4
        PML4E  at 0x2a6a000 + 8 * 254 = 0x2a6a7f0
               0x2a6f067           P R/W U/S A
               -> PDPT at 0x2a6f000
        PDPTE  at 0x2a6f000 + 8 * 72 = 0x2a6f240
               0x2a70067           P R/W U/S A
               -> PD at 0x2a70000
        PDE    at 0x2a70000 + 8 * 416 = 0x2a70d00
               0x2a71067           P R/W U/S A
               -> PT at 0x2a71000
        PTE    at 0x2a71000 + 8 * 0 = 0x2a71000
               0x800000004d100025  P U/S A XD
               -> 4 KiB page at 0x4d100000

      Rights, all levels together
        write    no    R/W is 0 in the PTE
        user     yes   U/S is 1 at every level
        execute  no    XD is 1 in the PTE

      Physical address
        0x4d100000 (4 KiB page) + 0x10 (offset) = 0x4d100010
      "
    `);
  });

  it("shows why a write to code faults", async () => {
    expect(await textOf("0x400abc", { access: "write" })).toMatchInlineSnapshot(`
      "0x0000000000400abc  written by a program (user mode): FAULT
      ===========================================================
      4-level paging; tables of the example process
      There: program: code

        63            48 47     39 38     30 29     21 20     12 11         0
        0000000000000000 000000000 000000000 000000010 000000000 101010111100
        ================ ^
        copies of bit 47 PML4 0    PDPT 0    PD 2      PT 0      offset 0xabc

        Canonical (lower half): bits 63 to 48 are copies of bit 47 (^), which is 0.

      The walk
        CR3 = 0x2a6a000: there lies the PML4
        PML4E  at 0x2a6a000 + 8 * 0 = 0x2a6a000
               0x2a6b067           P R/W U/S A
               -> PDPT at 0x2a6b000
        PDPTE  at 0x2a6b000 + 8 * 0 = 0x2a6b000
               0x2a6c067           P R/W U/S A
               -> PD at 0x2a6c000
        PDE    at 0x2a6c000 + 8 * 2 = 0x2a6c010
               0x2a6d067           P R/W U/S A
               -> PT at 0x2a6d000
        PTE    at 0x2a6d000 + 8 * 0 = 0x2a6d000
               0x1a2b3025          P U/S A
               -> 4 KiB page at 0x1a2b3000

      Rights, all levels together
        write    no    R/W is 0 in the PTE
        user     yes   U/S is 1 at every level
        execute  yes   XD is 0 at every level

      Page fault #PF (vector 14), error code 0x7
        The page is read-only: R/W is 0 in the PTE.
        bit 0  P    1  every entry is present: a right is missing, or a bit reserved
        bit 1  W/R  1  the access was a write
        bit 2  U/S  1  it was made in user mode
        others      0  RSVD: no reserved bit; I/D: no fetch; PK: no key forbids it
        CR2 = 0x0000000000400abc, the address that was used

      What Linux does: SIGSEGV (SEGV_ACCERR)
        The mapping (VMA) is not writable: Linux sends SIGSEGV with SEGV_ACCERR.

      What to do
        - Look in /proc/PID/maps whether the mapping has w; text constants and code
          are mapped without, on purpose.
      "
    `);
  });

  it("shows five levels, and a large page", async () => {
    expect(await textOf("0xff11000012345678", { la57: true, privilege: "supervisor" })).toMatchInlineSnapshot(`
      "0xff11000012345678  read by the kernel (supervisor mode)
      ========================================================
      5-level paging; tables of the example process
      There: kernel: all memory (direct map)

        63   57 56     48 47     39 38     30 29                           0
        1111111 100010001 000000000 000000000 010010001101000101011001111000
        ======= ^
        copies  PML5 273  PML4 0    PDPT 0    offset 0x12345678

        Canonical (upper half): bits 63 to 57 are copies of bit 56 (^), which is 1.
        With 4-level paging (48 bits) it would not be canonical.

      The walk
        CR3 = 0x2a6a000: there lies the PML5
        PML5E  at 0x2a6a000 + 8 * 273 = 0x2a6a888
               0x2a78063           P R/W A
               -> PML4 at 0x2a78000
        PML4E  at 0x2a78000 + 8 * 0 = 0x2a78000
               0x2a79063           P R/W A
               -> PDPT at 0x2a79000
        PDPTE  at 0x2a79000 + 8 * 0 = 0x2a79000
               0x80000000000001e3  P R/W A D PS G XD
               -> 1 GiB page at 0x0

      Rights, all levels together
        write    yes   R/W is 1 at every level
        user     no    U/S is 0 in the PML5E, PML4E and PDPTE
        execute  no    XD is 1 in the PDPTE

      Physical address
        0x0 (1 GiB page) + 0x12345678 (offset) = 0x12345678
      "
    `);
  });

  it("stays within 80 columns and ASCII, and ends each line with what is to be read", async () => {
    const anywhere = fc.bigInt(0n, 2n ** 64n - 1n);
    const inRegion = fc.constantFrom(
      ...[0x400000n, 0x404000n, 0x1c5e000n, 0x7f1200000000n, 0x7f1234200000n, 0x7f1234300000n, 0x7f1234400000n],
      ...[0x7ffffffff000n, 0xffff888012345678n, 0xffffffff81000000n, 0xff11000012345678n, 0x4141414141414141n],
      ...[
        0x1c43000n,
        0x7f1234220000n,
        0xffffffffff600000n,
        0xdeadbeefn,
        0xccccccccccccccccn,
        0x6b6b6b6b6b6b6b73n,
        0xfffffffffffffff2n,
        0x1000000000401000n,
        8n,
        0n,
      ],
    );
    for (const la57 of [false, true]) {
      for (const access of ["read", "write", "fetch"] as const) {
        for (const privilege of ["user", "supervisor"] as const) {
          const addresses = fc.sample(fc.oneof(anywhere, inRegion), 100);
          const stack = access !== "fetch" && la57;
          for (const text of await textsOf(addresses, { la57, access, privilege, stack })) {
            expect(text).toMatch(/[^\n]\n$/);
            for (const line of text.split("\n")) expect(line).toMatch(/^(?:[ -~]{0,79}[!-~])?$/);
          }
        }
      }
    }
  });

  it("leaves the lesson out where it was told, and says whose CR3 it is and what is assumed", async () => {
    for await (const explanation of explain(["0x0000800000001234", "0x400000"])) {
      const text = explainText(explanation, "a.elf", { cpus: 4, levelsAssumed: true, lesson: false });
      expect(text).toContain("4-level paging (assumed; --la57 for five); tables of a.elf\n");
      expect(text).not.toContain("What a canonical address is");
      if (explanation.canonical) expect(text).toContain("CR3 = 0x2a6a000 (CPU 0 of 4): there lies the PML4\n");
    }
  });

  it("shows what is not explained, and names of files without what a terminal would obey", async () => {
    for await (const explanation of explain(["0x1234"], { memory: new Uint8Array(4096), cr3: 0x5000n })) {
      const text = explainText(explanation, "a\x1b[31m.raw");
      expect(text).toMatch(
        /^0x0000000000001234 {2}read by a program \(user mode\): NOT EXPLAINED\n=+\n.*a\\x1b\[31m\.raw\n/,
      );
      expect(text).toContain("No entry was read.\n\nNot explained\n");
      expect(text.replace(/\s+/g, " ")).toContain("the PML4 that CR3 points to lies outside");
    }
  });
});

describe("advice tells", () => {
  it.each([
    ["0", "A null pointer."],
    ["0x18", "A null pointer plus 24"],
    ["0xdeadbeef", "0xdeadbeef is a common mark"],
    ["0xdeadbeefdeadbef7", "0xdeadbeef is a common mark"],
    ["0xcccccccccccccccc", "MSVC fills variables on the stack with it; the pointer was never set."],
    ["0xdddddddddddddddd", "MSVC fills freed memory with it; use after free."],
    ["0xcdcdcdcd", "MSVC fills new memory of the heap with it; the pointer was never set."],
    ["0xfefefefefefefefe", "0xfe in every byte: GCC fills variables"],
    ["0xaaaaaaaaaaaaaaaa", "0xaa in every byte: Clang fills variables"],
    ["0x6b6b6b6b6b6b6b7b", "slab poisoning"],
    ["0x5a5a5a5a5a5a5a62", "jemalloc fills freed memory with it"],
    ["0xdead000000000122", "a list entry was used after list_del()."],
    ["0xffffffffff600000", "vsyscall page"],
    ["0x6f77206f6c6c6568", 'in memory "hello wo"'],
    ["0x41414141", 'in memory "AAAA"'],
    ["0xffffffffffffffff", "As a signed number this is -1: a negative int"],
    ["0xfffffffffffffff4", "perhaps an error number"],
    ["0xfffffffffff00000", "As a signed number this is -1048576: a negative int used as a pointer or index."],
    ["0x34001000", "The address fits into 32 bits"],
    ["0x0000800000000000", "The address is the first beyond the lower half"],
    ["0x0000800000001234", "0xffff800000001234, that lost its upper bits"],
    ["0x2a007f1234000010", "Without its upper 16 bits it would be 0x7f1234000010"],
    ["0x2a00000000401000", "with LAM"],
  ])("%s: %s", async (address, expected) => {
    for await (const { fault } of explain([address])) expect(fault?.advice[0]).toContain(expected);
  });

  it.each(["0x7f0000001000", "0x555555556024", "0xffff900000000000", "0xffffffffffefffff", "0x1c43000"])(
    "nothing about the look of %s, which has none",
    async (address) => {
      for await (const { fault } of explain([address], { privilege: "supervisor" }))
        expect(fault?.advice).toHaveLength(1);
    },
  );
});
