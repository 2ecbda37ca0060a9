/** Kinds of records, by their names. */
import { KernelError } from "../errors.ts";
import type { Exports } from "./instance.ts";

export type AccessName = "fetch" | "load" | "store" | "modify";

/**
 * The name of a KIND_.
 * @internal
 */
export function accessNameOf(x: Exports, kind: number): AccessName {
  const names: Record<number, AccessName> = {
    [x.KIND_FETCH.value]: "fetch",
    [x.KIND_LOAD.value]: "load",
    [x.KIND_STORE.value]: "store",
    [x.KIND_MODIFY.value]: "modify",
  };
  const name = names[kind];
  if (name === undefined) throw new KernelError("layout", "the kernel has kinds of records that are not known here");
  return name;
}
