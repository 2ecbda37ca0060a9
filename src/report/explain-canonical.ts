/** What a canonical address is, for whoever used one that is not. */
import { allDigits } from "./explain-bits.ts";
import type { Explanation } from "./explanation.ts";
import { indented, section } from "./paragraphs.ts";

const BOX_COLUMNS = 26;

/** What the processor did about a non-canonical address. */
export function refusalText(vector: number): string {
  const name = vector === 12 ? "#SS(0), stack fault (vector 12)" : "#GP(0), general protection (vector 13)";
  return section(
    `What the processor did: ${name}`,
    indented(
      "It tested the bits before anything else: no TLB was looked up, no page table was read, so that it is of no " +
        "consequence what they map. The error code is 0, and CR2 keeps what it had: the address is recorded nowhere.",
    ),
  );
}

/** The lesson about a non-canonical address. */
export function canonicalLesson({ address, addressBits }: Explanation): string {
  const levels = addressBits === 57 ? "five" : "four";
  const bits = addressBits === 57 ? "57 of them (5 * 9 + 12)" : "48 of them (4 * 9 + 12)";
  const text =
    `A pointer has 64 bits, but the ${levels} levels of tables translate only ${bits}. The processor insists that the ` +
    "others repeat the highest of those, as in the sign extension of a number, so that no program keeps something " +
    "else there and breaks where addresses get longer. That leaves two halves, and between them a hole in which " +
    "there are no addresses:";
  return section("What a canonical address is", [indented(text), "", ...addressSpace(address, addressBits)].join("\n"));
}

/** A picture of the address space, the highest address on top, with an arrow from `address`. */
function addressSpace(address: string, addressBits: 48 | 57): string[] {
  const half = 1n << BigInt(addressBits - 1);
  const size = addressBits === 57 ? "64 PiB" : "128 TiB";
  const rule = (at: bigint) => `  ${allDigits(at)}  +${"-".repeat(BOX_COLUMNS)}+`;
  const row = (text: string, beside = "") =>
    `  ${" ".repeat(18)}  |${` ${text}`.padEnd(BOX_COLUMNS)}|${beside === "" ? "" : ` ${beside}`}`;
  const ratio = addressBits === 57 ? "127 times both halves" : "65,535 times both halves";
  return [
    rule(2n ** 64n - 1n),
    row(`upper half, ${size}`, `bits 63 to ${addressBits - 1} are 1:`),
    row("", "Linux and its data"),
    rule(2n ** 64n - half),
    row(""),
    row("the hole:", `<- ${address}`),
    row(ratio),
    row(""),
    rule(half - 1n),
    row(`lower half, ${size}`, `bits 63 to ${addressBits - 1} are 0:`),
    row("", "programs"),
    rule(0n),
  ];
}
