/** Both builds of the kernel: the release one that is shipped, and the debug one, whose assertions are on. */
import { readFileSync } from "node:fs";

export const BUILDS = (["release", "debug"] as const).map((name) => {
  const file = name === "release" ? "pagewalk.wasm" : "pagewalk.debug.wasm";
  return { name, module: new WebAssembly.Module(readFileSync(new URL(`../../wasm/${file}`, import.meta.url))) };
});
