/** Addresses worth a look: one for each thing that the example process has to show. */

import { PAGE_SIZE_BYTES } from "../../config/page-sizes.ts";
import { type ExampleRegion, exampleRegions } from "../../explain/example-process.ts";
import { allDigits } from "../../report/explain-fields.ts";
import { addressSpaceParts } from "../../report/explain-lesson.ts";
import { hexAddress } from "../../report/format.ts";
import { EXPLAIN_DEFAULTS, type ExplainState } from "../state.ts";

/** An access that shows one thing. */
export interface Case extends Pick<ExplainState, "address" | "access" | "privilege"> {
  name: string;
}

/** So far beyond the lower half. */
const BEYOND = 0x1234n;

/** The cases, by the tables of so many levels. */
export function cases(la57: boolean): Case[] {
  const regions = exampleRegions(la57);
  const at = (name: string, va: bigint | undefined, more: Partial<Case> = {}): Case[] => {
    const { access, privilege } = EXPLAIN_DEFAULTS;
    return va === undefined ? [] : [{ name, address: hexAddress(va), access, privilege, ...more }];
  };
  const first = (is: (region: ExampleRegion) => unknown) => regions.find((region) => Boolean(is(region)));
  const hole = BigInt(addressSpaceParts(la57 ? 57 : 48).find(({ bits }) => bits === null)?.first ?? 0) + BEYOND;
  const kernel = first(({ va, flags }) => va >> 63n === 1n && !flags.XD)?.va;
  const shared = first(({ copyOnWrite }) => copyOnWrite)?.va;
  return [
    ...at("not canonical", hole, { address: allDigits(hole) }),
    ...at("null pointer", 0n),
    ...at("code", first(({ rights }) => rights === "r-x")?.va, { access: "fetch" }),
    ...at("write to constants", first(({ rights }) => rights === "r--")?.va, { access: "write" }),
    ...at("first touch of a page", firstAbsent(first(({ present, growsDown }) => present && !growsDown))),
    ...at("2 MiB page", first(({ pageSize }) => pageSize === "2M")?.va),
    ...at("copy on write", shared, { access: "write" }),
    ...at("PROT_NONE", first(({ protNone }) => protNone)?.va),
    ...at("protection key", first(({ flags }) => flags.PK)?.va),
    ...at("reserved bit", first(({ brokenBit }) => brokenBit)?.va),
    ...at("kernel code, by a program", kernel),
    ...at("kernel code, by the kernel", kernel, { access: "fetch", privilege: "supervisor" }),
    ...at("program code, run by the kernel (SMEP)", regions[0]?.va, { access: "fetch", privilege: "supervisor" }),
  ];
}

/** First byte of `region` that has not been touched. */
function firstAbsent(region: ExampleRegion | undefined): bigint | undefined {
  return region && region.va + BigInt((region.present ?? 0) * PAGE_SIZE_BYTES[region.pageSize]);
}
