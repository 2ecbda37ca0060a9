/** Finds and compiles the kernel's WebAssembly module, in Node, a browser, or a bundle of either. */
import { KernelError, messageOf } from "../errors.ts";

let compiled: Promise<WebAssembly.Module> | undefined;

/**
 * The kernel's module, compiled once. It can be posted to workers, which need not compile it again.
 * Rejects with KernelError if it cannot be read or compiled; the next call then tries again.
 */
export function loadKernelModule(): Promise<WebAssembly.Module> {
  compiled ??= compile(new URL("../../wasm/pagewalk.wasm", import.meta.url)).catch((error: unknown) => {
    compiled = undefined;
    throw new KernelError("load", `the kernel cannot be loaded: ${messageOf(error)}`, error);
  });
  return compiled;
}

/** Makes `module`, compiled elsewhere, the one that `loadKernelModule()` gives. For workers. */
export function provideKernelModule(module: WebAssembly.Module): void {
  compiled = Promise.resolve(module);
}

async function compile(url: URL): Promise<WebAssembly.Module> {
  // Not an import: bundlers for browsers would try to resolve it.
  const fs = url.protocol === "file:" ? globalThis.process?.getBuiltinModule?.("node:fs") : undefined;
  if (fs !== undefined) return WebAssembly.compile(await fs.promises.readFile(url));
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href}: HTTP status ${response.status}`);
  // compileStreaming insists on this type, which simple static hosts do not send.
  const isWasm = response.headers.get("content-type")?.startsWith("application/wasm") ?? false;
  return isWasm ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}
