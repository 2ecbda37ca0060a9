import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { explainAll } from "./tables.ts";

const canonicity = async (addresses: bigint[], la57: boolean) =>
  (await explainAll(addresses, { la57 })).map(({ canonical }) => canonical);

describe("canonical addresses", () => {
  it("with 4 levels end at 2^47, and begin again at 2^64 - 2^47", async () => {
    const addresses = [0n, 0x7fffffffffffn, 0x800000000000n, 0x800000001234n, 0xffff7fffffffffffn];
    expect(await canonicity(addresses, false)).toEqual([true, true, false, false, false]);
    expect(await canonicity([0xffff800000000000n, 2n ** 64n - 1n], false)).toEqual([true, true]);
  });

  it("with 5 levels end at 2^56, and begin again at 2^64 - 2^56", async () => {
    const addresses = [
      0x800000001234n,
      0xffffffffffffffn,
      0x100000000000000n,
      0xfeffffffffffffffn,
      0xff00000000000000n,
    ];
    expect(await canonicity(addresses, true)).toEqual([true, true, false, false, true]);
  });

  it.each([false, true])("are those whose upper bits are all equal, for random ones (la57 %s)", async (la57) => {
    const bits = la57 ? 57 : 48;
    const near = fc
      .tuple(fc.bigInt(-4n, 3n), fc.nat(63))
      .map(([delta, bit]) => BigInt.asUintN(64, (1n << BigInt(bit)) + delta));
    const addresses = fc.sample(fc.oneof(fc.bigInt(0n, 2n ** 64n - 1n), near), 2000);
    const expected = addresses.map((va) => {
      const top = va >> BigInt(bits - 1);
      return top === 0n || top === 2n ** BigInt(65 - bits) - 1n;
    });
    expect(await canonicity(addresses, la57)).toEqual(expected);
  });
});

describe("indices and offset", () => {
  it.each([false, true])("make up the address again (la57 %s)", async (la57) => {
    const bits = la57 ? 57 : 48;
    const random = fc.sample(fc.bigInt(0n, 2n ** BigInt(bits) - 1n), 2000);
    const mapped = [0x401234n, 0x7f1200012345n, 0xffffffff81234567n, la57 ? 0xff11000012345678n : 0xffff888012345678n];
    const addresses = [...random, ...mapped].map((va) => BigInt.asUintN(64, BigInt.asIntN(bits, va)));
    const explanations = await explainAll(addresses, { la57 });
    for (const [index, { indices, offset, pageSize, address }] of explanations.entries()) {
      const { pml5, pml4, pdpt, pd, pt } = indices;
      expect(pml5 === undefined).toBe(!la57);
      const page = { "4K": [pd, pt], "2M": [pd], "1G": [] }[pageSize ?? "4K"];
      let va = BigInt(pml5 ?? 0);
      for (const field of [pml4, pdpt, ...page]) va = (va << 9n) | BigInt(field);
      va = (va << BigInt(30 - 9 * page.length)) | BigInt(offset);
      expect(BigInt.asUintN(64, BigInt.asIntN(bits, va))).toBe(addresses[index]);
      expect(BigInt(address)).toBe(addresses[index]);
      expect(address).toHaveLength(18);
    }
  });
});
